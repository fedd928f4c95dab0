using System.Diagnostics;
using System.Globalization;

namespace PatchEdge.Programs;

/// <summary>Debian's postgresql as a database cluster of a test's own: on a loopback port, in a folder of its own, and safe against a crash as in a plant.</summary>
public sealed class Postgres : IAsyncDisposable
{
    /// <summary>Its superuser, who needs no password from this machine.</summary>
    public const string User = "patchedge";

    /// <summary>Who may come over TLS only, and only with <see cref="Password"/>, once <see cref="CreateForAccountAsync"/> has made it.</summary>
    public const string Account = "scheduler account";

    /// <summary>With everything in it that a connection string, a URL or SQL would read as its own.</summary>
    public const string Password = "p w;Host=elsewhere.example;'\"%40=";

    private const string Package = "postgresql";
    private const string Certificate = "server.crt";
    private const string Key = "server.key";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string folder;
    private readonly string bin;
    private RunningProgram program;

    private Postgres(string folder, string bin, int port, RunningProgram program) => (this.folder, this.bin, Port, this.program) = (folder, bin, port, program);

    public int Port { get; }

    public RunningProgram Program => program;

    /// <summary>The calling test is skipped, with the package's name, where it is not installed.</summary>
    /// <param name="folder">The test's.</param>
    /// <param name="tls">Its certificate and key as PEM files; null goes without TLS.</param>
    public static async Task<Postgres> StartAsync(TemporaryFolder folder, (string Certificate, string Key)? tls = null)
    {
        var bin = Binaries();
        // Its own user must reach it, also where the tests run as root and the folder above is root's alone.
        var data = Directory.CreateTempSubdirectory("patchedge-postgres-").FullName;
        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("chown", "postgres", data);
            Directory.CreateDirectory(folder.Path);
        }

        var port = FreePorts.One();
        var cluster = Path.Combine(data, "cluster");
        var (file, before) = As(Path.Combine(bin, "initdb"));
        await RunAsync(file, [.. before, "--pgdata", cluster, "--username", User, "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-instructions", "--no-sync"]);
        if (tls is { } files)
        {
            await PresentAsync(cluster, files);
            File.WriteAllText(Path.Combine(cluster, "pg_hba.conf"), $"""
                hostssl all "{Account}" 127.0.0.1/32 scram-sha-256
                host all {User} 127.0.0.1/32 trust

                """);
        }

        var program = Start(bin, cluster, port);
        var started = new Postgres(data, bin, port, program);
        await started.ReadyAsync();
        return started;
    }

    /// <summary>Makes a database and returns its name.</summary>
    public async Task<string> CreateAsync(string name)
    {
        await RunAsync(Path.Combine(bin, "psql"), [.. Connection("postgres"), "-c", $"CREATE DATABASE {name}"]);
        return name;
    }

    /// <summary>Makes a database that belongs to <see cref="Account"/>, and returns its name.</summary>
    public async Task<string> CreateForAccountAsync(string name)
    {
        await AskAsync("postgres", $"""
            SET password_encryption = 'scram-sha-256';
            DO $$ BEGIN CREATE ROLE "{Account}" LOGIN PASSWORD '{Password.Replace("'", "''", StringComparison.Ordinal)}'; EXCEPTION WHEN duplicate_object THEN NULL; END $$
            """);
        await AskAsync("postgres", $"CREATE DATABASE {name} OWNER \"{Account}\"");
        return name;
    }

    /// <summary>New connections see another certificate.</summary>
    public async Task PresentAsync((string Certificate, string Key) files)
    {
        await PresentAsync(Path.Combine(folder, "cluster"), files);
        await AskAsync("postgres", "SELECT pg_reload_conf()");
    }

    /// <summary>What a statement answers, values separated by <c>|</c>, one row a line; as somebody with another program at the database would ask.</summary>
    /// <exception cref="InvalidOperationException">It was refused; the message carries the server's words.</exception>
    public Task<string> AskAsync(string database, string sql) => RunAsync(Path.Combine(bin, "psql"), [.. Connection(database), "-c", sql]);

    /// <summary>As a machine that lost its power: every process of it ends at once, and what was not on disk is gone.</summary>
    public Task StopAtOnceAsync() => EndAsync("immediate");

    /// <summary>Over the same folder.</summary>
    public async Task StartAgainAsync()
    {
        program = Start(bin, Path.Combine(folder, "cluster"), Port);
        await ReadyAsync();
    }

    /// <summary>It stands still: connections stay open, and nothing answers.</summary>
    public void Freeze() => Signal("STOP");

    public void Thaw() => Signal("CONT");

    public async ValueTask DisposeAsync()
    {
        if (!program.HasExited)
            await EndAsync("immediate");
        await program.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static RunningProgram Start(string bin, string cluster, int port)
    {
        var (file, before) = As(Path.Combine(bin, "postgres"));
        return RunningProgram.Start("postgres", file, [.. before, "-D", cluster,
            "-c", "listen_addresses=127.0.0.1", "-c", string.Create(CultureInfo.InvariantCulture, $"port={port}"), "-c", "unix_socket_directories=",
            "-c", File.Exists(Path.Combine(cluster, Certificate)) ? "ssl=on" : "ssl=off",
            "-c", "fsync=on", "-c", "synchronous_commit=on", "-c", "full_page_writes=on", "-c", "max_connections=300", "-c", "shared_buffers=32MB", "-c", "logging_collector=off"]);
    }

    /// <summary>It reads its key only when nobody else can.</summary>
    private static async Task PresentAsync(string cluster, (string Certificate, string Key) files)
    {
        foreach (var (from, name) in ((string, string)[])[(files.Key, Key), (files.Certificate, Certificate)])
        {
            var to = Path.Combine(cluster, name);
            File.Copy(from, to, overwrite: true);
            if (Environment.IsPrivilegedProcess)
                await RunAsync("chown", "postgres", to);
        }
    }

    /// <summary>It refuses to run as root: then it runs as the user that its package made.</summary>
    private static (string File, string[] Before) As(string file) =>
        Environment.IsPrivilegedProcess ? (Installed.Require("setpriv", "util-linux"), ["--reuid", "postgres", "--regid", "postgres", "--clear-groups", "--", file]) : (file, []);

    private static string Binaries()
    {
        var root = new DirectoryInfo("/usr/lib/postgresql");
        var newest = (root.Exists ? root.GetDirectories() : []).Where(version => File.Exists(Path.Combine(version.FullName, "bin", "postgres")))
            .MaxBy(version => int.TryParse(version.Name, CultureInfo.InvariantCulture, out var number) ? number : 0);
        if (newest is not null)
            return Path.Combine(newest.FullName, "bin");
        var found = Path.GetDirectoryName(Installed.Require("postgres", Package))!;
        Assert.SkipWhen(!File.Exists(Path.Combine(found, "initdb")), $"needs initdb: install the package {Package}");
        return found;
    }

    private string[] Connection(string database) =>
        ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", Port.ToString(CultureInfo.InvariantCulture), "-U", User, "-d", database];

    private async Task ReadyAsync()
    {
        await program.LineAsync("ready to accept connections", Patience);
        await Eventually.TrueAsync("PostgreSQL answers", async () =>
        {
            try
            {
                return (await AskAsync("postgres", "SELECT 1")).Trim() == "1";
            }
            catch (InvalidOperationException)
            {
                return false;
            }
        }, Patience, () => program.Output);
    }

    private async Task EndAsync(string mode)
    {
        var (file, before) = As(Path.Combine(bin, "pg_ctl"));
        await RunAsync(file, [.. before, "stop", "-D", Path.Combine(folder, "cluster"), "-m", mode, "-s", "-w", "-t", "30"]);
        await program.ExitAsync(Patience);
    }

    /// <summary>To the server and every process that serves a connection.</summary>
    private void Signal(string signal)
    {
        var children = File.ReadAllText($"/proc/{program.Id}/task/{program.Id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        foreach (var id in children.Prepend(program.Id.ToString(CultureInfo.InvariantCulture)))
            using (var kill = Process.Start("kill", ["-" + signal, id]))
                kill.WaitForExit();
    }

    private static async Task<string> RunAsync(string file, params string[] arguments)
    {
        await using var run = RunningProgram.Start(Path.GetFileName(file), file, arguments);
        var code = await run.ExitAsync(Patience);
        return code == 0 ? run.Output : throw new InvalidOperationException($"{run.Name} ended with {code}: {run.Output}");
    }
}
