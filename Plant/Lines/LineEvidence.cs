using System.Collections.Immutable;

namespace PatchEdge.Plant.Lines;

/// <summary>What a gateway knows at one moment, as far as a line's conditions need it. What is absent is unknown.</summary>
/// <param name="Tags">Newest evidence by tag name: of a tag with several sources, the preferred one's.</param>
/// <param name="Servers">Newest evidence by server name.</param>
public sealed record LineEvidence(IReadOnlyDictionary<string, TagEvidence> Tags, IReadOnlyDictionary<string, ServerEvidence> Servers)
{
    /// <summary>By tag name, evidence of its further sources, such as redundant servers, in order of preference.</summary>
    public IReadOnlyDictionary<string, ImmutableArray<TagEvidence>> Redundant { get; init; } = ImmutableDictionary<string, ImmutableArray<TagEvidence>>.Empty;

    public static LineEvidence None { get; } =
        new(ImmutableDictionary<string, TagEvidence>.Empty, ImmutableDictionary<string, ServerEvidence>.Empty);
}

/// <summary>What is known about one tag. All times but <see cref="SourceTime"/> are UTC by the gateway's clock.</summary>
public sealed record TagEvidence
{
    /// <summary>The server that it came from.</summary>
    public required string Server { get; init; }

    public required TagValue Value { get; init; }

    public required EvidenceQuality Quality { get; init; }

    /// <summary>Symbolic name of the status code, such as <c>Good</c> or <c>BadNoCommunication</c>.</summary>
    public required string QualityName { get; init; }

    /// <summary>When the value became so, by the source's clock; null when the server gave none.</summary>
    public DateTimeOffset? SourceTime { get; init; }

    /// <summary>The last moment at which a change would have reached us: when the newest publish response or keep-alive arrived in sequence.</summary>
    public required DateTimeOffset ProvenUntil { get; init; }

    /// <summary>Since when nothing could have been missed. Moves forward after each gap, also one that closed again or was backfilled.</summary>
    public required DateTimeOffset CoveredSince { get; init; }
}

/// <summary>What is known about one server.</summary>
public sealed record ServerEvidence
{
    /// <summary>ServerState as OPC 10000-5 §12.6 spells it; only <c>Running</c> is no doubt. Null when not known.</summary>
    public required string? State { get; init; }

    /// <summary>The last moment at which that state was known to be so, UTC by the gateway's clock.</summary>
    public required DateTimeOffset ProvenUntil { get; init; }

    /// <summary>The server's clock minus the gateway's; null when it was not measured lately, which is a doubt.</summary>
    public required TimeSpan? ClockOffset { get; init; }
}

/// <summary>Severity of a status code. Only <see cref="Good"/> is evidence.</summary>
public enum EvidenceQuality
{
    Bad,
    Uncertain,
    Good,
}
