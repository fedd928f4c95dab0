using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Execution;

/// <summary>What cannot be recorded does not happen.</summary>
[Trait("Req", "I4")]
public sealed class RecordFirstTests
{
    [Fact]
    public async Task Intent_that_cannot_be_recorded_sends_no_permit()
    {
        await using var scene = await Scene.SetAsync();
        var (scheduler, gateway, agent) = scene;
        await scheduler.AddAsync("J1");
        await agent.BeatAsync();
        await gateway.ReportAsync(LineState.Idle);
        await agent.OfferAsync();
        FullDisk.Begin(scheduler);

        await agent.AskPermitAsync("J1.1", ScriptedClient.Nonce());
        await Eventually.TrueAsync("the failure is noticed", async () =>
            (await scheduler.WhyAsync("J1")).Verdicts.Any(verdict => verdict.Code == "ledger-fault"), RunningScheduler.Patience);

        Assert.Equal(0, agent.Waiting("permit"));
        var run = await scheduler.RunAsync("J1.1");
        Assert.Equal((RunState.Armed, (long?)null), (run.State, run.Token));
    }

    [Fact]
    public async Task Go_ahead_that_cannot_be_recorded_is_not_given()
    {
        await using var scene = await Scene.SetAsync();
        var (scheduler, _, agent) = scene;
        var token = await scene.ExecuteAsync();
        FullDisk.Begin(scheduler);

        await agent.AskGoAheadAsync("J1.1", token, "install", ScriptedClient.Nonce());
        await Eventually.TrueAsync("the failure is noticed", async () =>
            (await scheduler.WhyAsync("J1")).Verdicts.Any(verdict => verdict.Code == "ledger-fault"), RunningScheduler.Patience);
        Assert.Equal(0, agent.Waiting("go-ahead"));

        FullDisk.End(scheduler);
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(1));
        await agent.AskGoAheadAsync("J1.1", token, "install", ScriptedClient.Nonce());
        Assert.True((await agent.GoAheadAsync()).Granted);
    }

    [Fact]
    public async Task Final_progress_that_cannot_be_recorded_is_not_acknowledged()
    {
        await using var scene = await Scene.SetAsync();
        var (scheduler, _, agent) = scene;
        var token = await scene.ReleaseAsync();
        FullDisk.Begin(scheduler);

        await agent.TellAsync("J1.1", token, 1, RunPhase.Succeeded);
        await Eventually.TrueAsync("the failure is noticed", async () =>
            (await scheduler.WhyAsync("J1")).Verdicts.Any(verdict => verdict.Code == "ledger-fault"), RunningScheduler.Patience);
        await scheduler.SettledAsync();
        Assert.Equal(0, agent.Waiting("progress-acknowledged"));

        FullDisk.End(scheduler);
        await agent.TellAsync("J1.1", token, 1, RunPhase.Succeeded);
        Assert.Equal(token, (await agent.AcknowledgedAsync()).Token);
        await scheduler.StateAsync("J1.1", RunState.Verifying);
    }

    [Fact]
    public async Task Approval_that_cannot_be_recorded_is_not_given()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        var draft = new PatchEdge.Scheduler.Features.Jobs.JobDraft
        {
            Id = "J1",
            Host = TestPlant.Hmi,
            Procedure = Facts.Procedure,
            PatchName = "Update",
            PatchDigest = Facts.Digest,
            RequestedBy = "Ann",
        };
        await scheduler.AskAsync(new Order.Add(draft, "test", "Ann"));
        FullDisk.Begin(scheduler);

        Assert.Equal(OrderOutcome.Failed, (await scheduler.AskAsync(Signed.Approve(draft, "Bob"))).Outcome);

        FullDisk.End(scheduler);
        Assert.Empty((await scheduler.WhyAsync("J1")).Job.ApprovedBy);
    }
}
