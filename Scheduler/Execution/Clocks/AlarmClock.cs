using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Execution.Inbox;
using Quartz;

namespace PatchEdge.Scheduler.Execution.Clocks;

/// <summary>Quartz as an alarm clock: it wakes the runner for a run at a fixed pace, and knows nothing of the run but its id.</summary>
/// <remarks>An alarm that could not ring is not rung later: the next one looks at everything anew.</remarks>
internal sealed partial class AlarmClock(ISchedulerFactory quartz, RunnerInbox inbox, SchedulerOptions options, TimeProvider time, ILogger<AlarmClock> log)
{
    private const string Group = "runs";
    private static readonly JobKey Job = new("wake", Group);

    /// <summary>How long the runner waits for it: its own connections know no limit while they are opened.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Rings here from now on. In a cluster only the leader's clock does.</summary>
    public Task RingAsync(CancellationToken cancellation) => TryAsync(async scheduler => await scheduler.Start(cancellation), cancellation);

    /// <summary>Rings here no more.</summary>
    public Task StandByAsync(CancellationToken cancellation) => TryAsync(async scheduler => await scheduler.Standby(cancellation), cancellation);

    /// <summary>Sets the run's alarm; setting it twice is setting it once.</summary>
    public Task SetAsync(string runId, CancellationToken cancellation) => TryAsync(scheduler => SetAsync(scheduler, runId, cancellation), cancellation);

    private async Task SetAsync(IScheduler scheduler, string runId, CancellationToken cancellation)
    {
        if (!await scheduler.Exists(Job, cancellation))
            await scheduler.AddJob(JobBuilder.Create<WakeJob>().WithIdentity(Job).StoreDurably().Build(), new AddJobOptions { Replace = true }, cancellation);
        if (await scheduler.Exists(new TriggerKey(runId, Group), cancellation))
            return;
        var trigger = TriggerBuilder.Create(time)
            .WithIdentity(runId, Group)
            .ForJob(Job)
            .StartNow()
            .WithSimpleSchedule(SimpleScheduleBuilder.Create()
                .WithInterval(options.WakeEvery)
                .RepeatForever()
                .WithMisfireInstruction(SimpleTriggerMisfireInstruction.NextWithRemainingCount))
            .Build();
        await scheduler.ScheduleJob(trigger, cancellationToken: cancellation);
    }

    public Task ClearAsync(string runId, CancellationToken cancellation) =>
        TryAsync(async scheduler => await scheduler.UnscheduleJob(new TriggerKey(runId, Group), cancellation), cancellation);

    /// <summary>An alarm clock that cannot be set costs promptness and nothing else: every tick and every change of evidence looks at the runs too.</summary>
    private async Task TryAsync(Func<IScheduler, Task> work, CancellationToken cancellation)
    {
        try
        {
            await DoAsync(work, cancellation).WaitAsync(Patience, time, cancellation);
        }
        catch (Exception exception) when (exception is SchedulerException or TimeoutException)
        {
            NotSet(exception.GetBaseException().Message);
        }
    }

    private async Task DoAsync(Func<IScheduler, Task> work, CancellationToken cancellation) => await work(await quartz.GetScheduler(cancellation));

    [LoggerMessage(3030, LogLevel.Warning, "The alarm clock could not be set: {Reason}. Runs are looked at when evidence changes.")]
    private partial void NotSet(string reason);

    /// <summary>Has the runner look at its runs once it is done with what it is doing.</summary>
    public void WakeSoon() => inbox.Wake();

    /// <summary>What Quartz calls; it decides nothing.</summary>
    [DisallowConcurrentExecution]
    internal sealed class WakeJob(RunnerInbox inbox) : IJob
    {
        public ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
        {
            inbox.Wake(context.Trigger.Key.Name);
            return ValueTask.CompletedTask;
        }
    }
}
