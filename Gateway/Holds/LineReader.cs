using PatchEdge.Gateway.Continuity.Lines;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Model;

namespace PatchEdge.Gateway.Holds;

/// <summary>Reads what a line's idle conditions look at from the servers themselves, past every cache, once it is held.</summary>
internal sealed class LineReader(Line line, PlantModel plant, IReadOnlyDictionary<string, UaClient> clients)
{
    private readonly IdleRecheck recheck = new(line, plant);

    /// <returns>Null when the line is idle on these values, else why it is not or is not known to be.</returns>
    public async Task<string?> RefusalAsync(CancellationToken cancel)
    {
        var values = new Dictionary<string, List<FreshValue>>(StringComparer.Ordinal);
        var tags = line.Tags.Where(tag => recheck.Tags.Contains(tag.Name)).ToList();
        foreach (var (server, client) in clients)
        {
            var offered = tags.Where(tag => tag.Servers.Contains(server)).ToList();
            if (offered.Count == 0 || client.State != UaClientState.Connected)
                continue;
            try
            {
                await ReadAsync(client, offered, values, cancel).ConfigureAwait(false);
            }
            catch (UaException)
            {
                // What was not read is missing below, and what is missing is not idle.
            }
        }

        return recheck.Refusal(values.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<FreshValue>)pair.Value, StringComparer.Ordinal));
    }

    private static async Task ReadAsync(UaClient client, List<Tag> tags, Dictionary<string, List<FreshValue>> values, CancellationToken cancel)
    {
        var nodes = new ReadValueId[tags.Count];
        for (var i = 0; i < nodes.Length; i++)
            nodes[i] = new ReadValueId { NodeId = await client.ResolveAsync(tags[i].Node, cancel).ConfigureAwait(false) };
        var read = await client.ReadAsync(nodes, TimestampsToReturn.Both, TimeSpan.Zero, cancel).ConfigureAwait(false);
        for (var i = 0; i < nodes.Length; i++)
        {
            var latest = LatestValue.Of(read[i]);
            if (!values.TryGetValue(tags[i].Name, out var known))
                values[tags[i].Name] = known = [];
            known.Add(new FreshValue(latest.Value, latest.Quality, latest.Status.SymbolicName));
        }
    }
}
