namespace PatchEdge.Scheduler.Configuration;

/// <summary>A PostgreSQL database, which several schedulers may share: the lease in it decides which of them acts.</summary>
internal sealed record PostgresOptions
{
    public const int DefaultPort = 5432;

    public required string Host { get; init; }

    public required int Port { get; init; }

    /// <summary>Of its own: nothing else keeps tables in it.</summary>
    public required string Database { get; init; }

    public required string User { get; init; }

    /// <summary>Null where the server asks for none, as by <c>peer</c> or <c>trust</c> on this machine.</summary>
    public required string? PasswordFile { get; init; }

    /// <summary>Over TLS, with the server's certificate verified against its host name; only a loopback address goes without.</summary>
    public required bool Tls { get; init; }

    /// <summary>PEM file of the authority that signed the server's certificate; null uses the machine's trust store.</summary>
    public required string? Authorities { get; init; }

    /// <summary>How long a lease lasts that is not renewed, by the database's clock: the longest time for which nobody acts after the one who did is gone.</summary>
    public required TimeSpan Lease { get; init; }

    /// <summary>How long a leader may hear nothing of the plant before it hands the lease to a scheduler that does.</summary>
    public TimeSpan BrokerPatience { get; init; } = TimeSpan.FromSeconds(30);
}
