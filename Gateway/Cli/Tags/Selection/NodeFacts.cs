using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.Gateway.Cli.Tags.Selection;

/// <summary>What a server says of a node that a tag needs to know.</summary>
/// <param name="Class">Null when the node is not there.</param>
/// <param name="DataType">Built-in type by its name; null when it is not known.</param>
/// <param name="IsArray">Its value is an array, now or always.</param>
internal readonly record struct NodeFacts(NodeClass? Class, string? DataType, bool IsArray)
{
    private const int Attributes = 4;

    public static async Task<NodeFacts[]> ReadAsync(UaClient client, IReadOnlyList<NodeId> nodes, CancellationToken cancel)
    {
        var wanted = nodes.SelectMany(node => new[] { AttributeIds.NodeClass, AttributeIds.DataType, AttributeIds.ValueRank, AttributeIds.Value }
            .Select(attribute => new ReadValueId { NodeId = node, AttributeId = attribute })).ToArray();
        var values = await client.ReadAsync(wanted, TimestampsToReturn.Neither, TimeSpan.Zero, cancel).ConfigureAwait(false);
        return [.. Enumerable.Range(0, nodes.Count).Select(index => Of(values.AsSpan(index * Attributes, Attributes)))];
    }

    /// <summary>The built-in type by its name: that of the value where there is one, since the node's data type may be derived from it.</summary>
    public static string? TypeOf(in DataValue dataType, in DataValue value) =>
        value.Value.Type != BuiltInType.Null ? value.Value.Type.ToString()
        : dataType.Value.TryGet(out NodeId id) && id.NamespaceIndex == 0 && id.NumericIdentifier is > 0 and <= (uint)BuiltInType.DiagnosticInfo ? ((BuiltInType)id.NumericIdentifier).ToString()
        : null;

    private static NodeFacts Of(ReadOnlySpan<DataValue> values) => new(
        !values[0].Status.IsBad && values[0].Value.TryGetInteger(out var kind) ? (NodeClass)kind : null,
        TypeOf(values[1], values[3]),
        values[3].Value.IsArray || (values[2].Value.TryGetInteger(out var rank) && rank >= 0));
}
