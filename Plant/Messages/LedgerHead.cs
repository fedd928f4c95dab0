namespace PatchEdge.Plant.Messages;

/// <summary>Commits the scheduler to every entry of its ledger up to one: whoever keeps heads can show later that the ledger was rewritten or cut.</summary>
/// <remarks>Travels as <see cref="Signing.SignedToken"/> of type <see cref="Signing.SignedToken.LedgerHeadType"/>. Publishers: the scheduler on
/// <see cref="Topics.LedgerHead"/>, and each gateway, which gives back the one of most entries that it has seen, on <see cref="Topics.LedgerHeadSeen"/>; both retained.</remarks>
public sealed record LedgerHead
{
    public required string Site { get; init; }

    /// <summary>Entries of the ledger, from 1.</summary>
    public required long Size { get; init; }

    /// <summary>SHA-256 (lower-case hex) of the Merkle tree of these entries (RFC 6962 §2.1).</summary>
    public required string Root { get; init; }

    /// <summary>When it was signed, UTC by the scheduler's clock.</summary>
    public required DateTimeOffset At { get; init; }
}
