using PatchEdge.Gateway.Continuity;

namespace PatchEdge.Gateway.Repair;

/// <summary>What a server's raw history says of one node over a gap.</summary>
internal sealed record HistoryAnswer
{
    /// <summary>Stored values with the bounds that were found, by rising time.</summary>
    public required IReadOnlyList<StoredPoint> Points { get; init; }

    /// <summary>The answer was cut off before this; null when it was not.</summary>
    public Moment? CompleteFrom { get; init; }

    /// <summary>The answer was cut off from here on; null when it was not.</summary>
    public Moment? CompleteUntil { get; init; }

    /// <summary>The newest stored value is the variable's current one, read after the gap: history has no lag behind the present.</summary>
    public bool ReachesPresent { get; init; }

    /// <summary>When the server process started, by the gateway's clock; null when it does not say.</summary>
    public Moment? ServerStarted { get; init; }
}
