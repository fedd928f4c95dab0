using PatchEdge.Plant.Model;
using PatchEdge.Simulator.Layout;
using PatchEdge.Simulator.Truth;

namespace PatchEdge.Simulator.Faults;

/// <summary>A network link before each server of the plant, and when it failed.</summary>
internal sealed class PlantNetwork : IAsyncDisposable
{
    private readonly Dictionary<string, NetworkLink> links = [];
    private readonly List<Outage> outages = [];

    public PlantNetwork(PlantModel plant)
    {
        foreach (var server in plant.Servers)
            links[server.Name] = new NetworkLink(new Uri(server.Url).Port, PortPlan.Behind(new Uri(server.Url).Port));
    }

    /// <summary>When a link failed, by its server; over ones alone.</summary>
    public IReadOnlyList<Outage> Outages => outages;

    /// <summary>Fails for a while.</summary>
    /// <param name="server">Whose link.</param>
    /// <param name="silently">Nothing passes and nobody is told; else connections are reset, and new ones refused.</param>
    /// <param name="length">For how long; cut short when cancelled.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancelled">Mends it at once.</param>
    public async Task FailAsync(string server, bool silently, TimeSpan length, TimeProvider time, CancellationToken cancelled)
    {
        var since = time.GetUtcNow();
        if (silently)
            links[server].Silence();
        else
            links[server].Cut();
        await Task.Delay(length, time, cancelled).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // Clients' buffers may bring later what was said meanwhile, as with a program that stood still.
        outages.Add(new Outage(server, since, time.GetUtcNow(), IsFrozen: true));
        links[server].Mend();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var link in links.Values)
            await link.DisposeAsync();
    }
}
