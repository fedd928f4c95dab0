using PatchEdge.Simulation.Machine;

namespace PatchEdge.Simulation.Plant;

/// <summary>What is truly watched, whoever says what: which servers are up, and when which gateway last saw what through them.</summary>
internal sealed class Monitoring(World world)
{
    private readonly Dictionary<string, TimeSpan> downUntil = [];
    private readonly Dictionary<(string Gateway, string Server), TimeSpan> brokenUntil = [];
    private readonly Dictionary<(string Gateway, string Server), TimeSpan> observed = [];
    private readonly Dictionary<string, TimeSpan> seenIdle = [];

    /// <summary>The server is gone for a while.</summary>
    public void TakeDown(string server, TimeSpan span) => downUntil[server] = Later(downUntil.GetValueOrDefault(server), world.Now + span);

    /// <summary>Between this gateway and this server nothing passes for a while.</summary>
    public void Break(string gateway, string server, TimeSpan span) => brokenUntil[(gateway, server)] = Later(brokenUntil.GetValueOrDefault((gateway, server)), world.Now + span);

    /// <summary>When what is between them was last put right; the start when it never broke.</summary>
    public TimeSpan UnbrokenSince(string gateway, string server) => Later(downUntil.GetValueOrDefault(server), brokenUntil.GetValueOrDefault((gateway, server)));

    public bool Observes(string gateway, string server) => world.Now >= UnbrokenSince(gateway, server);

    /// <summary>The gateway looks at the server now.</summary>
    public void Looked(string gateway, string server) => observed[(gateway, server)] = world.Now;

    public void SawIdle(string line) => seenIdle[line] = world.Now;

    /// <summary>When the gateway last truly saw what is behind the server; null for never.</summary>
    public TimeSpan? LastObserved(string gateway, string server) => observed.TryGetValue((gateway, server), out var at) ? at : null;

    /// <summary>When some gateway last truly saw the line idle; null for never.</summary>
    public TimeSpan? LastSeenIdle(string line) => seenIdle.TryGetValue(line, out var at) ? at : null;

    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
