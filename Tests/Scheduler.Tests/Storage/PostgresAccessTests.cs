using System.Net;
using System.Net.Sockets;
using Npgsql;
using PatchEdge.Plant.Files;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Storage;
using PatchEdge.Scheduler.Storage.Postgres;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Storage;

/// <summary>A database server that asks for a password and speaks TLS alone: who is let in, and what whoever is not is told.</summary>
public sealed class PostgresAccessTests : IDisposable
{
    private const string Untrusted = "see that it names the host of 'url', is in its time, and was signed by";

    private readonly TestFolder folder = new();
    private readonly TemporaryFolder files = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        folder.Dispose();
        files.Dispose();
    }

    [Fact]
    [Trait("Req", "hostile-29")]
    [Trait("Req", "hostile-35")]
    public async Task Server_is_used_only_with_the_right_password_and_a_certificate_that_names_it_and_no_refusal_tells_the_password()
    {
        using var authority = new TlsAuthority(files);
        using var stranger = new TlsAuthority(files, "stranger");
        await using var server = await Postgres.StartAsync(files, authority.Issue());
        await server.CreateForAccountAsync("guarded");
        var right = files.WriteSecret("right", Postgres.Password + "\n");
        var trusted = $"{{ authorities: {authority.File} }}";

        Assert.Equal("t", await AskAsync(Options(server, right, trusted)));
        // A name of the certificate is as good as an address in it.
        Assert.Equal("t", await AskAsync(Options(server, right, trusted, host: "localhost")));

        // On the loopback TLS is used where it is offered, and nobody's certificate need be known.
        Assert.Equal("t", await AskAsync(Options(server, right, null)));

        await RefusedAsync("password authentication failed", Options(server, files.WriteSecret("wrong", "wrong"), trusted));
        await RefusedAsync("No password has been provided", Options(server, null, trusted));
        await RefusedAsync(Untrusted, Options(server, right, $"{{ authorities: {stranger.File} }}"));
        // Nobody's: the machine does not trust it either.
        await RefusedAsync(Untrusted, Options(server, right, "{}"));
        await server.PresentAsync(authority.Issue("db.example"));
        await RefusedAsync(Untrusted, Options(server, right, trusted));
        await server.PresentAsync(authority.Issue(ended: true));
        await RefusedAsync(Untrusted, Options(server, right, trusted));

        foreach (var (authorities, words) in ((string, string)[])[(files.File("absent.pem"), "cannot be read as PEM certificates"), (files.Write("empty.pem", "\n"), "holds no PEM certificate")])
            Assert.Contains(words, Assert.Throws<ConfigurationException>(() => StoragePlace.Of(Options(server, right, $"{{ authorities: {authorities} }}"))).Message, StringComparison.Ordinal);
        foreach (var (name, words) in ((string, string)[])[("absent", "does not exist"), ("open", "chmod 600")])
            Assert.Contains(words, Assert.Throws<ConfigurationException>(
                () => StoragePlace.Of(Options(server, name == "open" ? files.Write(name, Postgres.Password) : files.File(name), trusted))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Password_beside_the_user_in_the_address_is_refused_and_not_repeated()
    {
        folder.Write(SchedulerFile.Name, "name: a\ndatabase: { url: \"postgresql://me:hunter2@127.0.0.1/patchedge\" }\nmqtt: { broker: \"mqtt://127.0.0.1\" }\n");

        var refusal = Assert.Throws<ConfigurationException>(() => SchedulerFile.Read(folder.Root)).Message;

        Assert.Contains("must not hold a user or password", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", refusal, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Req", "hostile-54")]
    public async Task Server_that_falls_silent_in_the_handshake_keeps_nobody_waiting()
    {
        using var authority = new TlsAuthority(files);
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var serving = StandStillAsync(silent);
        await using var server = PostgresServer.Open(Options(((IPEndPoint)silent.LocalEndpoint).Port, null, $"{{ authorities: {authority.File} }}").Database!, "a");
        using var stop = new CancellationTokenSource();

        var opening = server.OpenAsync(stop.Token);
        using var client = await serving;
        await stop.CancelAsync();

        // The driver listens to whoever gives up, which is what every limit here rests on.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Cancellation));
    }

    /// <summary>It agrees to speak TLS, and says no more.</summary>
    private static async Task<Socket> StandStillAsync(TcpListener listener)
    {
        var client = await listener.AcceptSocketAsync(Cancellation);
        await client.ReceiveAsync(new byte[8], Cancellation);
        await client.SendAsync("S"u8.ToArray(), Cancellation);
        return client;
    }

    private SchedulerOptions Options(Postgres server, string? passwordFile, string? tls, string host = "127.0.0.1") => Options(server.Port, passwordFile, tls, host);

    private SchedulerOptions Options(int port, string? passwordFile, string? tls, string host = "127.0.0.1")
    {
        folder.Write(SchedulerFile.Name, $"""
            name: a
            mqtt: {'{'} broker: "mqtt://127.0.0.1" {'}'}
            database:
              url: postgresql://{host}:{port}/guarded
              user: {Postgres.Account}
              lease: 5m
            {(passwordFile is null ? "" : $"  password-file: {passwordFile}")}
            {(tls is null ? "" : $"  tls: {tls}")}
            """);
        return SchedulerFile.Read(folder.Root);
    }

    /// <summary>t: the connection is encrypted.</summary>
    private static async Task<string> AskAsync(SchedulerOptions options)
    {
        await using var server = PostgresServer.Open(options.Database!, options.Name);
        await using var lease = await server.Lease.OpenConnectionAsync(Cancellation);
        await using var connection = await server.Contexts.OpenConnectionAsync(Cancellation);
        await using var command = new NpgsqlCommand(
            "SELECT CASE WHEN ssl THEN 't' ELSE 'f' END FROM pg_stat_ssl WHERE pid = pg_backend_pid()", connection);
        return (string)(await command.ExecuteScalarAsync(Cancellation))!;
    }

    private static async Task RefusedAsync(string words, SchedulerOptions options)
    {
        var fault = await Assert.ThrowsAnyAsync<Exception>(() => AskAsync(options));

        Assert.True(DatabaseFault.Is(fault), fault.ToString());
        Assert.Contains(words, DatabaseFault.Reason(fault), StringComparison.Ordinal);
        foreach (var part in Postgres.Password.Split(';'))
            Assert.DoesNotContain(part, fault.ToString(), StringComparison.Ordinal);
    }
}
