namespace PatchEdge.Gateway.Tests.Truth.Model;

/// <summary>
/// The one thread of a scenario: the plant, the gateway's pipeline and its journal go on here, one after the other, in the order in which they
/// became ready. So it is known when everything is at rest, and only then may time pass.
/// </summary>
/// <remarks>Whatever awaits under it comes back to it. The pipeline's loops do, because none of them lets go of the context that it was started in.</remarks>
internal sealed class OneThread : SynchronizationContext
{
    /// <summary>For what the base class library does elsewhere, as when a token is cancelled. Everything else never waits.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly object gate = new();
    private readonly Queue<(SendOrPostCallback Callback, object? State)> ready = new();
    private readonly Queue<TaskCompletionSource> resting = new();

    /// <summary>Plays something to its end, on a thread of its own.</summary>
    public static Task<T> PlayAsync<T>(Func<OneThread, Task<T>> play)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                var thread = new OneThread();
                SetSynchronizationContext(thread);
                var played = play(thread);
                thread.RunUntil(played);
                done.SetResult(played.GetAwaiter().GetResult());
            }
#pragma warning disable CA1031 // Whoever waits gets it.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                done.SetException(exception);
            }
        }) { IsBackground = true }.Start();
        return done.Task;
    }

    /// <summary>Completes when nothing is left to do until time passes.</summary>
    public Task RestAsync()
    {
        var rest = new TaskCompletionSource();
        resting.Enqueue(rest);
        return rest.Task;
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (gate)
        {
            ready.Enqueue((d, state));
            Monitor.Pulse(gate);
        }
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Nothing waits for another's thread here.");

    public override SynchronizationContext CreateCopy() => this;

    private void RunUntil(Task played)
    {
        while (!played.IsCompleted)
        {
            if (Next(TimeSpan.Zero) is { } next)
                next.Callback(next.State);
            else if (resting.TryDequeue(out var rest))
                rest.SetResult();
            else if (Next(Patience) is { } late)
                late.Callback(late.State);
            else
                throw new TimeoutException("The scenario waits for something that never comes.");
        }
    }

    private (SendOrPostCallback Callback, object? State)? Next(TimeSpan patience)
    {
        lock (gate)
        {
            if (ready.Count == 0 && patience > TimeSpan.Zero)
                Monitor.Wait(gate, patience);
            return ready.TryDequeue(out var next) ? next : null;
        }
    }
}
