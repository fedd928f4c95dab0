using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>News of one item.</summary>
internal abstract record ItemReport
{
    public sealed record Accepted(MonitoredItemResult Result) : ItemReport;

    public sealed record Rejected(MonitoredItemResult Result, TimeSpan RetryIn) : ItemReport;

    public sealed record TypeChanged(uint ClientHandle, ExpandedNodeId Previous, ExpandedNodeId Current) : ItemReport;
}
