using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace PatchEdge.Gateway.Acquisition.Redundancy;

/// <summary>Keeps one member of a warm redundancy set sampled and the others asleep, and fails over.</summary>
/// <remarks>A member that still answers is put to sleep only after the next one has been awake for a while, so that an announced maintenance costs no gap.</remarks>
internal sealed class WarmSet : IAsyncDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    /// <summary>How long both are sampled: the first values of the next one arrive meanwhile.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource stop = new();
    private readonly Failover failover = new();
    private readonly string name;
    private readonly ImmutableArray<ServerWatch> members;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly Task loop;

    /// <param name="name">The set.</param>
    /// <param name="members">In order of preference; all but the first were started asleep.</param>
    /// <param name="time">For pace.</param>
    /// <param name="log">Hears of failovers.</param>
    public WarmSet(string name, ImmutableArray<ServerWatch> members, TimeProvider time, ILogger log)
    {
        (this.name, this.members, this.time, this.log) = (name, members, time, log);
        loop = RunAsync(stop.Token);
    }

    /// <summary>Ends when it is disposed; sooner only by a bug, whose exception it carries.</summary>
    public Task Completion => loop;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await loop.ConfigureAwait(false);
        stop.Dispose();
    }

    private async Task RunAsync(CancellationToken cancel)
    {
        await Task.Yield();
        var began = time.GetTimestamp();
        var sleepAt = new TimeSpan?[members.Length];
        var levels = new int[members.Length];
        try
        {
            while (true)
            {
                await Task.Delay(Pace, time, cancel).ConfigureAwait(false);
                var now = time.GetElapsedTime(began);
                for (var index = 0; index < members.Length; index++)
                    levels[index] = members[index].ServiceLevel;
                var before = failover.Active;
                if (failover.Look(levels, now))
                {
                    AcquisitionLog.FailedOver(log, name, members[before].Name, levels[before], members[failover.Active].Name, levels[failover.Active]);
                    members[failover.Active].SetAwake(true);
                    sleepAt[failover.Active] = null;
                    sleepAt[before] = now + Overlap;
                }

                for (var index = 0; index < members.Length; index++)
                {
                    if (index == failover.Active || now < sleepAt[index])
                        continue;
                    sleepAt[index] = null;
                    members[index].SetAwake(false);
                }
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Closing.
        }
    }
}
