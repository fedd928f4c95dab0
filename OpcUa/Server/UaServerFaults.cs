using PatchEdge.OpcUa.Services;

namespace PatchEdge.OpcUa.Server;

/// <summary>
/// Faults on purpose, for tests and the simulator: what real servers do to their clients in the field. Thread-safe. None is
/// reachable from the network.
/// </summary>
public sealed class UaServerFaults
{
    private readonly Lock gate = new();
    private TaskCompletionSource? silence;
    private int publishResponsesToDrop;

    internal UaServerFaults() { }

    /// <summary>Cuts every connection; set by the server.</summary>
    internal Action OnCut { get; set; } = static () => { };

    /// <summary>Forgets every subscription; set by the server.</summary>
    internal Action OnForgetSubscriptions { get; set; } = static () => { };

    /// <summary>Forgets every session; set by the server.</summary>
    internal Action OnForgetSessions { get; set; } = static () => { };

    /// <summary>State shown in ServerStatus.</summary>
    public ServerState State { get; private set; } = ServerState.Running;

    /// <summary>0 maintenance, 1 no data, 2–199 degraded, 200–255 healthy (Part 4 §6.6.2.4.2).</summary>
    public byte ServiceLevel { get; set; } = 255;

    /// <summary>True between <see cref="StopAnswering"/> and <see cref="Resume"/>.</summary>
    public bool IsSilent => Volatile.Read(ref silence) is not null;

    /// <summary>Connections stay open and nothing more is answered or published, as when the process hangs.</summary>
    public void StopAnswering()
    {
        lock (gate) silence ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Ends <see cref="StopAnswering"/>; what had waited is answered now.</summary>
    public void Resume()
    {
        TaskCompletionSource? ended;
        lock (gate)
        {
            ended = silence;
            silence = null;
        }
        ended?.SetResult();
    }

    /// <summary>The next publish responses with notifications vanish as if lost on the way; Republish still has them.</summary>
    public void DropNextPublishResponse(int count = 1) => Interlocked.Add(ref publishResponsesToDrop, count);

    /// <summary>Cuts every connection without a word; sessions and subscriptions stay for whoever returns in time.</summary>
    public void CutConnections() => OnCut();

    /// <summary>Drops every subscription without a word, as a restart of a server that keeps none does.</summary>
    public void ForgetSubscriptions() => OnForgetSubscriptions();

    /// <summary>Drops every session and subscription without a word, as a restart does.</summary>
    public void ForgetSessions() => OnForgetSessions();

    public void SetServerState(ServerState state) => State = state;

    /// <summary>Completes at once unless the server is silent; then when it no longer is.</summary>
    internal Task WhenAnswering(CancellationToken cancellationToken) =>
        Volatile.Read(ref silence) is { } waiting ? waiting.Task.WaitAsync(cancellationToken) : Task.CompletedTask;

    internal bool TakePublishDrop()
    {
        if (Volatile.Read(ref publishResponsesToDrop) == 0) return false;
        if (Interlocked.Decrement(ref publishResponsesToDrop) >= 0) return true;
        Interlocked.Increment(ref publishResponsesToDrop);
        return false;
    }
}
