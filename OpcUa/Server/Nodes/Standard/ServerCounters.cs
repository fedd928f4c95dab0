namespace PatchEdge.OpcUa.Server.Nodes.Standard;

/// <summary>What ServerDiagnosticsSummary counts (Part 5 §12.9), asked for at each read.</summary>
internal sealed record ServerCounters
{
    public required Func<uint> CurrentSessions { get; init; }
    public required Func<uint> CumulatedSessions { get; init; }
    public required Func<uint> RejectedSessions { get; init; }
    public required Func<uint> TimedOutSessions { get; init; }
    public required Func<uint> CurrentSubscriptions { get; init; }
    public required Func<uint> CumulatedSubscriptions { get; init; }
    public required Func<uint> RejectedRequests { get; init; }
}
