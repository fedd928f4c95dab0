using PatchEdge.OpcUa.Client;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;

namespace PatchEdge.Gateway.Holds;

/// <summary>A line behind OPC UA servers.</summary>
/// <param name="line">The line, with the nodes of its hold.</param>
/// <param name="plant">The plant.</param>
/// <param name="clients">Every server of this gateway: a line's conditions may look at more than the one that holds it.</param>
/// <param name="time">Paces what is asked again.</param>
internal sealed class UaLineEquipment(Line line, PlantModel plant, IReadOnlyDictionary<string, UaClient> clients, TimeProvider time) : ILineEquipment
{
    private readonly LineReader reader = new(line, plant, clients);

    public bool IsConnected => Connected is not null;

    /// <summary>Redundant servers reach one controller: any that is connected will do, and its tokens tell the requests apart.</summary>
    private UaClient? Connected =>
        line.HoldNodes!.Servers.Where(clients.ContainsKey).Select(server => clients[server]).FirstOrDefault(client => client.State == UaClientState.Connected);

    public Task<HoldAnswer> AskAsync(HoldRequest request, CancellationToken cancel) => Connected is not { } client
        ? Task.FromResult(HoldAnswer.Silent("its server is not connected"))
        : line.Hold == HoldMode.Tags
            ? new HoldByTags(client, line.HoldNodes!, time).AskAsync(request, cancel)
            : HoldByMethod.AskAsync(client, line.HoldNodes!, request, cancel);

    public Task<string?> RefusalAsync(CancellationToken cancel) => reader.RefusalAsync(cancel);
}
