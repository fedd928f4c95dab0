using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Npgsql;
using PatchEdge.Plant.Files;
using PatchEdge.Scheduler.Configuration;

namespace PatchEdge.Scheduler.Storage.Postgres;

/// <summary>Connections to the database that schedulers share. Every commit waits for the server's disk, and a transaction that stands still is ended by the server.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private const int MostConnections = 20;
    private static readonly TimeSpan Connecting = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestStatement = TimeSpan.FromSeconds(30);

    private PostgresServer(PostgresOptions options, string name, string? password)
    {
        Options = options;
        var common = new NpgsqlConnectionStringBuilder
        {
            Host = options.Host,
            Port = options.Port,
            Database = options.Database,
            Username = options.User,
            Password = password,
            SslMode = options.Tls ? SslMode.VerifyFull : SslMode.Prefer,
            RootCertificate = options.Authorities,
            // Kerberos would take the place of TLS, with nobody's certificate looked at, wherever a server offered it.
            GssEncryptionMode = GssEncryptionMode.Disable,
            ApplicationName = $"patchedge-scheduler {name}",
            Timeout = (int)Connecting.TotalSeconds,
            CommandTimeout = (int)LongestStatement.TotalSeconds,
            MaxPoolSize = MostConnections,
            Options = $"-c synchronous_commit=on -c timezone=UTC -c idle_in_transaction_session_timeout={Whole(Idle(options))}",
        };
        ConnectionString = common.ConnectionString;
        Contexts = NpgsqlDataSource.Create(common);
        common.MaxPoolSize = 2;
        common.Timeout = common.CommandTimeout = Math.Max(1, (int)(options.Lease / 4).TotalSeconds);
        // Whoever asks for the lease must not wait behind the one who has it: it asks again.
        common.Options += $" -c lock_timeout={Whole(options.Lease / 5)}";
        Lease = NpgsqlDataSource.Create(common);
    }

    public PostgresOptions Options { get; }

    /// <summary>For whoever cannot take a data source.</summary>
    public string ConnectionString { get; }

    /// <summary>For everything but the lease.</summary>
    public NpgsqlDataSource Contexts { get; }

    /// <summary>For the lease alone, so that it is renewed whatever else waits.</summary>
    public NpgsqlDataSource Lease { get; }

    /// <exception cref="ConfigurationException">The password file, or that of authorities, cannot be used.</exception>
    public static PostgresServer Open(PostgresOptions options, string name)
    {
        if (options.Authorities is { } authorities)
            CheckAuthorities(authorities);
        return new(options, name, options.PasswordFile is { } file ? SecretFile.ReadText(file) : null);
    }

    /// <summary>Now, with the file's name, rather than at the first connection without it.</summary>
    private static void CheckAuthorities(string file)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPemFile(file);
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(new ConfigurationError(file, 0, "authorities", null, $"cannot be read as PEM certificates ({exception.Message}): copy the certificate of the authority that signed the database server's here"));
        }

        if (found.Count == 0)
            throw new ConfigurationException(new ConfigurationError(file, 0, "authorities", null, "holds no PEM certificate: copy that of the authority that signed the database server's here"));
        foreach (var certificate in found)
            certificate.Dispose();
    }

    /// <summary>A transaction of a leader that was frozen in it holds the lease's row: the server ends it well before the lease.</summary>
    public static TimeSpan Idle(PostgresOptions options) => options.Lease / 2;

    /// <summary>A connection of <see cref="Contexts"/>, opened within <see cref="PromptOpening.Within"/>.</summary>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellation)
    {
        var connection = Contexts.CreateConnection();
        try
        {
            await PromptOpening.OpenAsync(connection, cancellation);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Contexts.DisposeAsync();
        await Lease.DisposeAsync();
    }

    private static string Whole(TimeSpan span) => ((long)span.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
}
