using System.Collections.Immutable;

namespace PatchEdge.Plant.Messages;

/// <summary>Scheduler → agent: a run could be released to you; send a nonce if you are ready. Carries no right.</summary>
/// <remarks>Topic: <see cref="Topics.Offer"/>; never retained.</remarks>
public sealed record PermitOffer
{
    public required string Run { get; init; }

    public required string Host { get; init; }

    public required string Procedure { get; init; }

    /// <summary>Digest of the procedure that was approved, as <see cref="InstalledProcedure.Digest"/> gave it; an agent whose file says otherwise does not answer.</summary>
    public required string ProcedureDigest { get; init; }

    /// <summary>SHA-256 (lower-case hex) of the patch.</summary>
    public required string PatchDigest { get; init; }
}

/// <summary>Agent → scheduler: ready for this run; the permit's lifetime counts from when this was sent, on the agent's own clock.</summary>
/// <remarks>Topic: <see cref="Topics.PermitRequest"/>; never retained.</remarks>
public sealed record PermitRequest
{
    public required string Run { get; init; }

    public required string Host { get; init; }

    public required string Boot { get; init; }

    /// <summary>32 random bytes, base64url; used once.</summary>
    public required string Nonce { get; init; }
}

/// <summary>A signed, expiring release of one procedure on one host.</summary>
/// <remarks>Travels as a <see cref="Signing.SignedToken"/> of type <see cref="Signing.SignedToken.PermitType"/>. Topic: <see cref="Topics.Permit"/>; never retained, and refused when it is.</remarks>
public sealed record Permit
{
    public required string Site { get; init; }

    public required string Run { get; init; }

    public required string Host { get; init; }

    /// <summary>Lines the host serves, sorted; all proven idle when this was signed.</summary>
    public required ImmutableArray<string> Lines { get; init; }

    public required string Procedure { get; init; }

    /// <summary>Digest of the procedure that was approved; the agent refuses when what is installed has another.</summary>
    public required string ProcedureDigest { get; init; }

    /// <summary>SHA-256 (lower-case hex) of the patch; the same as in the offer.</summary>
    public required string PatchDigest { get; init; }

    /// <summary>Fencing token: the ledger index of the release intent; rises for ever. The agent refuses any that is not higher than its highest.</summary>
    public required long Token { get; init; }

    /// <summary>The nonce of the agent's request that this answers.</summary>
    public required string Nonce { get; init; }

    /// <summary>Lifetime in milliseconds from when the agent sent the nonce.</summary>
    public required int LifetimeMs { get; init; }

    /// <summary>The lines that refuse to start while this lives; one that is missing here has a person beside it.</summary>
    public ImmutableArray<HeldLine> Holds { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>When it was signed, UTC by the scheduler's clock; for the record, not for expiry.</summary>
    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary>Hash of the ledger entry that <see cref="Token"/> names.</summary>
    public required string LedgerHash { get; init; }
}

/// <summary>A line that is held with the permit's token.</summary>
/// <param name="Line">The line.</param>
/// <param name="Epoch">Its controller's count of grants; null when it did not say.</param>
public sealed record HeldLine(string Line, long? Epoch);

/// <summary>Agent → scheduler: about to cross the edge of an irreversible step, or to go on with any step after a restart; may I?</summary>
/// <remarks>Topic: <see cref="Topics.GoAheadRequest"/>; never retained.</remarks>
public sealed record GoAheadRequest
{
    public required string Run { get; init; }

    public required string Host { get; init; }

    public required long Token { get; init; }

    public required string Step { get; init; }

    public required string Nonce { get; init; }
}

/// <summary>Scheduler → agent: the answer, signed like a permit, after every gate was evaluated again.</summary>
/// <remarks>Travels as a <see cref="Signing.SignedToken"/> of type <see cref="Signing.SignedToken.GoAheadType"/>. Topic: <see cref="Topics.GoAhead"/>; never retained.</remarks>
public sealed record GoAhead
{
    public required string Run { get; init; }

    public required string Host { get; init; }

    public required long Token { get; init; }

    public required string Step { get; init; }

    public required string Nonce { get; init; }

    public required bool Granted { get; init; }

    /// <summary>Lifetime in milliseconds from when the agent sent the nonce.</summary>
    public required int LifetimeMs { get; init; }

    /// <summary>Why not, when not granted.</summary>
    public string Reason { get; init => field = value ?? ""; } = "";
}
