namespace PatchEdge.Scheduler.Ledger;

/// <summary>One entry as stored: never updated, never deleted.</summary>
internal sealed class LedgerEntry
{
    /// <summary>From 1, without holes; also the fencing token of the intent that it records.</summary>
    public required long Index { get; init; }

    /// <summary>Canonical JSON of the entry, with its index and the previous entry's hash.</summary>
    public required string Json { get; init; }

    /// <summary>SHA-256 (lower-case hex) of 0x00 followed by the UTF-8 bytes of <see cref="Json"/> (RFC 6962 §2.1, leaf).</summary>
    public required string Hash { get; init; }
}
