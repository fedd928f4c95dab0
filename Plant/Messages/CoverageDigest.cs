using System.Collections.Immutable;

namespace PatchEdge.Plant.Messages;

/// <summary>What a gateway watches without a gap at this moment, by exception: servers, and only those tags that are not observed.</summary>
/// <remarks>
/// A receiver trusts it for <see cref="ValidForMs"/> from its own receipt, never longer. Publisher: gateway, on every change and at a
/// fixed pace. Topic: <see cref="Topics.CoverageDigest"/>; never retained.
/// </remarks>
public sealed record CoverageDigest
{
    public required string Site { get; init; }

    public required string Gateway { get; init; }

    public required string Boot { get; init; }

    /// <summary>Rises by one per digest within a boot, from 1.</summary>
    public required long Sequence { get; init; }

    /// <summary>UTC by the gateway's clock.</summary>
    public required DateTimeOffset At { get; init; }

    public required int ValidForMs { get; init; }

    /// <summary>Hash of the plant model that the gateway runs with; see <see cref="Model.PlantModel.Hash"/>.</summary>
    public required string ConfigurationHash { get; init; }

    /// <summary>Age of the oldest entry that the historian has not confirmed, in milliseconds; null when the gateway delivers to none.</summary>
    public double? UndeliveredMs { get; init; }

    /// <summary>Every server that the gateway watches.</summary>
    public ImmutableArray<ServerCoverage> Servers { get; init => field = value.IsDefault ? [] : value; } = [];
}

/// <summary>One server of a digest.</summary>
public sealed record ServerCoverage
{
    public required string Server { get; init; }

    /// <summary>Its evidence reaches up to here, UTC by the gateway's clock; null when none of its subscriptions is healthy.</summary>
    public DateTimeOffset? ProvenUntil { get; init; }

    /// <summary>Every tag that is observed now has been without a gap since this moment, UTC by the gateway's clock; null when none is observed.</summary>
    public DateTimeOffset? UnbrokenSince { get; init; }

    /// <summary>No tag is observed through it, or too many are not for naming them: none counts.</summary>
    public bool NoneObserved { get; init; }

    /// <summary>Names of the tags that are not observed through it now; empty when all are or none is.</summary>
    public ImmutableArray<string> NotObserved { get; init => field = value.IsDefault ? [] : value; } = [];
}
