using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Resilience;

/// <summary>A server to put faults in front of.</summary>
/// <param name="Options">How to reach it directly, without security.</param>
/// <param name="Node">A variable all of whose changes are reported.</param>
/// <param name="SetAsync">Gives it another value.</param>
/// <param name="CountSessionsAsync">Sessions that are open at the server.</param>
public sealed record FaultTarget(UaClientOptions Options, ExpandedNodeId Node, Func<double, Task> SetAsync, Func<Task<int>> CountSessionsAsync);
