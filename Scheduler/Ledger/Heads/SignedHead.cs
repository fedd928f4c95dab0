namespace PatchEdge.Scheduler.Ledger.Heads;

/// <summary>A signed head of the ledger's tree, as stored.</summary>
internal sealed class SignedHead
{
    /// <summary>Entries of the tree; the index of the last one.</summary>
    public required long Size { get; init; }

    /// <summary>SHA-256 (lower-case hex) of the tree.</summary>
    public required string Root { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>Signed because a permit was; such heads are kept for ever.</summary>
    public required bool IsRelease { get; init; }

    /// <summary>The <see cref="Plant.Messages.LedgerHead"/> as it was signed and handed out.</summary>
    public required string Token { get; init; }
}
