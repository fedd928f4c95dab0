using System.Runtime.CompilerServices;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>Reads the DataType attributes of items and compares them with what they were before the server restarted.</summary>
internal static class DataTypeComparison
{
    public static async Task<IReadOnlyList<ItemReport>> RunAsync(SubscriptionBinding binding, OperationBatches batches, MonitoredItem[] items, CancellationToken cancellation)
    {
        List<ItemReport> changes = [];
        try
        {
            var values = await batches.RunAsync(BatchedService.Read, items, async part => (await binding.Session.CallAsync<ReadResponse>(new ReadRequest
            {
                TimestampsToReturn = TimestampsToReturn.Neither,
                NodesToRead = [.. part.Select(item => new ReadValueId { NodeId = item.NodeId, AttributeId = AttributeIds.DataType })],
            }, cancellation).ConfigureAwait(false)).Results).ConfigureAwait(false);
            // Many items, few types.
            StrongBox<ExpandedNodeId>? latest = null;
            for (var i = 0; i < values.Length; i++)
            {
                if (!values[i].Value.TryGet(out NodeId typeId) || values[i].Status.IsBad)
                    continue;
                var type = Expand(typeId, binding.Namespaces);
                if (items[i].DataType is { } before && before.Value != type)
                    changes.Add(new ItemReport.TypeChanged(items[i].Options.ClientHandle, before.Value, type));
                if (latest is null || latest.Value != type)
                    latest = new StrongBox<ExpandedNodeId>(type);
                items[i].DataType = latest;
            }
        }
        catch (UaException)
        {
            // Some servers let nobody read the attribute; then there is nothing to compare.
        }
        return changes;
    }

    // Indexes move from one run of a server to the next; URIs do not.
    private static ExpandedNodeId Expand(NodeId nodeId, IReadOnlyList<string?> namespaces) =>
        nodeId.NamespaceIndex > 0 && nodeId.NamespaceIndex < namespaces.Count
            ? new ExpandedNodeId(nodeId.WithNamespace(0), namespaces[nodeId.NamespaceIndex])
            : nodeId;
}
