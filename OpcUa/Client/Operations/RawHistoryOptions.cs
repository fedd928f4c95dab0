namespace PatchEdge.OpcUa.Client;

/// <summary>How raw history is read (Part 11 §6.5.3).</summary>
public sealed record RawHistoryOptions
{
    /// <summary>Most values per node, bounds included; what lies beyond is given back to the server and not read.</summary>
    public required int MaxValues { get; init; }

    /// <summary>Most values per node and answer; 0 asks for all at once. Servers may give fewer.</summary>
    public int PageSize { get; init; }

    /// <summary>
    /// Adds the value at or before the start and the one at or after the end (Part 11 §4.4). Where there is none, a null value with
    /// BadBoundNotFound stands in its place.
    /// </summary>
    public bool ReturnBounds { get; init; }
}
