using PatchEdge.OpcUa.Client;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;

namespace PatchEdge.Gateway.Holds;

/// <summary>A line behind OPC UA servers.</summary>
/// <param name="line">The line, with the nodes of its hold.</param>
/// <param name="plant">The plant.</param>
/// <param name="client">The server that takes the hold.</param>
/// <param name="clients">Every server of this gateway: a line's conditions may look at more than the one that holds it.</param>
/// <param name="time">Paces what is asked again.</param>
internal sealed class UaLineEquipment(Line line, PlantModel plant, UaClient client, IReadOnlyDictionary<string, UaClient> clients, TimeProvider time) : ILineEquipment
{
    private readonly LineReader reader = new(line, plant, clients);

    public bool IsConnected => client.State == UaClientState.Connected;

    public Task<HoldAnswer> AskAsync(HoldRequest request, CancellationToken cancel) => line.Hold == HoldMode.Tags
        ? new HoldByTags(client, line.HoldNodes!, time).AskAsync(request, cancel)
        : HoldByMethod.AskAsync(client, line.HoldNodes!, request, cancel);

    public Task<string?> RefusalAsync(CancellationToken cancel) => reader.RefusalAsync(cancel);
}
