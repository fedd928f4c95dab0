using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Execution.Inbox;
using Quartz;

namespace PatchEdge.Scheduler.Execution.Clocks;

/// <summary>Quartz as an alarm clock: it wakes the runner for a run at a fixed pace, and knows nothing of the run but its id.</summary>
/// <remarks>An alarm that could not ring is not rung later: the next one looks at everything anew.</remarks>
internal sealed class AlarmClock(ISchedulerFactory quartz, RunnerInbox inbox, SchedulerOptions options, TimeProvider time)
{
    private const string Group = "runs";
    private static readonly JobKey Job = new("wake", Group);

    /// <summary>Sets the run's alarm; setting it twice is setting it once.</summary>
    public async Task SetAsync(string runId, CancellationToken cancellation)
    {
        var scheduler = await quartz.GetScheduler(cancellation);
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

    public async Task ClearAsync(string runId, CancellationToken cancellation)
    {
        var scheduler = await quartz.GetScheduler(cancellation);
        await scheduler.UnscheduleJob(new TriggerKey(runId, Group), cancellation);
    }

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
