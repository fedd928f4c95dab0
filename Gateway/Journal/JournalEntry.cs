using PatchEdge.Gateway.Continuity;

namespace PatchEdge.Gateway.Journal;

/// <summary>What an entry's body holds. Numbers are on disk: never change one.</summary>
internal enum JournalKind
{
    /// <summary>Notifications with their readings; see <see cref="Blocks.ReadingBlock"/>.</summary>
    Readings = 1,

    /// <summary>JSON array of gaps as they opened, closed or were repaired.</summary>
    Gaps = 2,

    /// <summary>JSON array of line reports.</summary>
    Lines = 3,

    /// <summary>One attestation, the exact bytes that its successor's hash covers.</summary>
    Attestation = 4,

    /// <summary>JSON array of <see cref="CoverageRecord"/>.</summary>
    Coverage = 5,

    /// <summary>One <see cref="HealthRecord"/> as JSON.</summary>
    Health = 6,

    /// <summary>As <see cref="Readings"/>, but read from a server's history after a gap: never received when they happened.</summary>
    Backfilled = 7,

    /// <summary>A signed head of the scheduler's ledger, as it was handed out.</summary>
    LedgerHead = 8,

    /// <summary>One <see cref="ReleaseRecord"/> as JSON.</summary>
    Release = 9,
}

/// <summary>One entry of the journal, its checksum verified.</summary>
/// <param name="Id">Rises by one, for ever.</param>
/// <param name="Kind">How to read the body.</param>
/// <param name="At">When it was journaled.</param>
/// <param name="Count">Readings, gaps, reports or rows in it.</param>
/// <param name="Content">Decompressed. Of an entry that was read into an <see cref="Storage.EntryRoom"/> it is there only as long as that room is not used again.</param>
internal sealed record JournalEntry(long Id, JournalKind Kind, Moment At, int Count, ReadOnlyMemory<byte> Content)
{
    public ReadOnlySpan<byte> Body => Content.Span;
}

/// <summary>Up to where a sink has received: everything before entry <see cref="Entry"/>, and that entry's first <see cref="Offset"/> items.</summary>
internal readonly record struct SinkPosition(long Entry, int Offset);

/// <summary>The account of one source over one minute, as journaled.</summary>
internal sealed record CoverageRecord(string Tag, string Line, string Server, DateTimeOffset Start, long ObservedMs, long BackfilledMs, long GapMs)
{
    public long? Samples { get; init; }

    public long? Bad { get; init; }

    public long? Overflow { get; init; }

    public double? LatencyP50Ms { get; init; }

    public double? LatencyMaxMs { get; init; }
}

/// <summary>How the gateway itself did, as journaled.</summary>
internal sealed record HealthRecord(DateTimeOffset At, long JournalBacklog, double OldestUndeliveredMs, long Notifications, long Readings, long Reconnects, long SameSourceTime)
{
    /// <summary>Values read from history after gaps, since the start.</summary>
    public long Backfilled { get; init; }

    /// <summary>The journal's, in bytes in use; null in records of older versions, as are all that follow.</summary>
    public long? JournalBytes { get; init; }

    public long? JournalMaximumBytes { get; init; }

    public long? DiskFreeBytes { get; init; }

    /// <summary>1 while the room for what must never be dropped is held ready, 0 while it is in use.</summary>
    public long? ReserveHeld { get; init; }

    /// <summary>1 while readings are taken, 0 while they wait.</summary>
    public long? JournalWritable { get; init; }

    /// <summary>Of the last ten seconds.</summary>
    public double? LongestCommitMs { get; init; }

    public long? Quarantined { get; init; }

    /// <summary>By sink.</summary>
    public Dictionary<string, SinkHealth> Sinks { get; init; } = [];

    /// <summary>Servers' clocks minus ours, by server; only those measured.</summary>
    public Dictionary<string, double> ClockOffsetsMs { get; init; } = [];
}

/// <param name="Backlog">Entries that it has not confirmed.</param>
/// <param name="OldestMs">Age of the oldest of them.</param>
/// <param name="Delivered">Points or messages since the start.</param>
/// <param name="Retries">Attempts that failed since the start.</param>
/// <param name="Refused">Those that it refused for good since the start.</param>
internal sealed record SinkHealth(long Backlog, double OldestMs, long Delivered, long Retries, long Refused);

/// <summary>What a line's controller answered to a run that asked to hold it, or to free it.</summary>
/// <param name="State"><c>Held</c>, <c>Hold refused</c>, <c>Hold not answered</c>, <c>Released</c>, <c>Release refused</c> or <c>Release not answered</c>.</param>
internal sealed record ReleaseRecord(DateTimeOffset At, string Line, string Run, long Token, string State, string Reason);
