using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>Stored values of one node (Part 11 §6.5.3), in the order of the time range.</summary>
/// <param name="Status">Bad when the server could not read the history; GoodNoData when there is none in the range.</param>
/// <param name="Truncated">There is more; the cap on values or pages was reached.</param>
public sealed record HistoryValues(NodeId NodeId, StatusCode Status, IReadOnlyList<DataValue> Values, bool Truncated);
