namespace PatchEdge.Gateway.Journal;

/// <summary>Counts what the journal's loop does, for whoever reports it.</summary>
internal sealed class JournalMeter
{
    private readonly Lock gate = new();
    private JournalHealth health = new();

    /// <summary>As of now; the longest commit is that since it was asked for last.</summary>
    public JournalHealth Health
    {
        get
        {
            lock (gate)
            {
                var told = health;
                health = health with { LongestCommit = TimeSpan.Zero };
                return told;
            }
        }
    }

    public void Committed(TimeSpan took)
    {
        lock (gate)
            health = health with { Commits = health.Commits + 1, LongestCommit = took > health.LongestCommit ? took : health.LongestCommit };
    }

    public void Measured(long used, long maximum, long diskFree, long quarantined)
    {
        lock (gate)
            health = health with { UsedBytes = used, MaximumBytes = maximum, DiskFreeBytes = diskFree, Quarantined = quarantined };
    }
}

/// <summary>How the journal does.</summary>
internal sealed record JournalHealth
{
    /// <summary>Since the start.</summary>
    public long Commits { get; init; }

    /// <summary>From the first write of a commit until it is durable.</summary>
    public TimeSpan LongestCommit { get; init; }

    /// <summary>Of the file, when last looked at, each half minute or sooner.</summary>
    public long UsedBytes { get; init; }

    public long MaximumBytes { get; init; }

    /// <summary>The room for what must never be dropped is taken, and not in use.</summary>
    public bool ReserveHeld { get; init; }

    /// <summary>Why readings are not taken; null when they are.</summary>
    public string? Trouble { get; init; }

    public long DiskFreeBytes { get; init; }

    /// <summary>Items that a sink refused for good.</summary>
    public long Quarantined { get; init; }
}
