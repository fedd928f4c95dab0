namespace PatchEdge.Gateway.Journal;

/// <summary>Where the journal lives and how long it remembers.</summary>
internal sealed record JournalOptions
{
    /// <summary>Directory of <c>journal.db</c>; made when missing.</summary>
    public required string Directory { get; init; }

    /// <summary>How long entries are kept once every sink has them.</summary>
    public TimeSpan KeepFor { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Largest the file may grow, in bytes. At the limit delivered entries go, oldest first; undelivered ones never: the journal is full instead.</summary>
    public long MaximumBytes { get; init; } = 2L * 1024 * 1024 * 1024;

    /// <summary>Part of <see cref="MaximumBytes"/> that readings may not use, kept for gaps and attestations.</summary>
    public double Reserve { get; init; } = 0.05;

    /// <summary>Room on the disk that is taken beforehand and given to gaps, attestations and cursors when the disk is full; see <see cref="Storage.JournalReserve"/>.</summary>
    public long ReserveBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>By directory: bytes that are free on its disk.</summary>
    public Func<string, long> FreeBytes { get; init; } = static directory => new DriveInfo(directory).AvailableFreeSpace;

    /// <summary>How long a commit waits for company.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromMilliseconds(20);
}
