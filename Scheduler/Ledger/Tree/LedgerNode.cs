namespace PatchEdge.Scheduler.Ledger.Tree;

/// <summary>Hash of a complete subtree above the leaves, as stored: never updated, never deleted. The leaves' hashes are the entries' own.</summary>
internal sealed class LedgerNode
{
    /// <summary>From 1.</summary>
    public required int Level { get; init; }

    /// <summary>See <see cref="TreePosition.Number"/>.</summary>
    public required long Number { get; init; }

    public required byte[] Hash { get; init; }
}
