using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Delivery;
using PatchEdge.Gateway.Journal;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Tests.Truth.Model;

/// <summary>Hears the gateway's heartbeat, one each tick, and so knows when a tick is done.</summary>
internal sealed class Listener : ILiveReports
{
    private readonly Lock gate = new();
    private TaskCompletionSource? waiting;
    private long awaited;
    private long last;

    /// <summary>Moment of the newest heartbeat.</summary>
    public long Last => Interlocked.Read(ref last);

    public Task UntilAsync(long moment)
    {
        lock (gate)
        {
            if (last >= moment)
                return Task.CompletedTask;
            awaited = moment;
            waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return waiting.Task;
        }
    }

    public void Post(GatewayStatus newest)
    {
        lock (gate)
        {
            last = Math.Max(last, newest.At?.ToUnixTimeMilliseconds() ?? 0);
            if (last >= awaited)
                waiting?.TrySetResult();
        }
    }

    public void Post(LineReport report)
    {
    }

    public void Post(CoverageDigest newest)
    {
    }
}

/// <summary>A far end that takes everything, or nothing while it is away.</summary>
internal sealed class StubbornSink : ISink
{
    private TaskCompletionSource back = Done();

    public string Name => "far";

    public string? Trouble => null;

    public SinkCounters Counters => default;

    public void GoAway() => back = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void ComeBack() => back.TrySetResult();

    public async Task DeliverAsync(IReadOnlyList<JournalEntry> entries, int offset, Func<SinkPosition, Task> confirmed, CancellationToken cancel)
    {
        await back.Task.WaitAsync(cancel);
        await confirmed(new SinkPosition(entries[^1].Id + 1, 0));
    }

    private static TaskCompletionSource Done()
    {
        var done = new TaskCompletionSource();
        done.SetResult();
        return done;
    }
}
