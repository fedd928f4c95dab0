using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Tests.Harness;
using PatchEdge.Scheduler.Training;

namespace PatchEdge.Scheduler.Tests.Training;

/// <summary>Who is not trained cannot sign, and what was signed counts only while the training holds.</summary>
public sealed class TrainingOrderTests
{
    private const string Policy = "training: { approve: [GMP patching], override: [GMP patching] }";

    [Fact]
    public async Task Approval_waits_for_the_record_and_the_release_for_training_that_still_holds()
    {
        await using var scheduler = await RunningScheduler.StartAsync(more: Policy);
        await TableAsync(scheduler, "Bob,GMP patching,2026-01-01,2026-03-02", 1);
        await scheduler.AddAsync("J1");
        await TableAsync(scheduler, "", 0);
        Assert.Equal("Bob (approval)", (await scheduler.WhyAsync("J1")).Verdicts.Single(verdict => verdict.Code == "training-lacking").Subject);

        var refused = await ApproveAsync(scheduler, "Cid");
        Assert.Equal(OrderOutcome.Refused, refused.Outcome);
        Assert.Contains("no record of 'GMP patching'", refused.Messages[0], StringComparison.Ordinal);

        await RecordAsync(scheduler, "Cid,GMP patching,2026-01-01,2026-03-02", "training-current", "Cid", OrderOutcome.Done);
        await RecordAsync(scheduler, "Cid,GMP patching,2026-01-01,2026-03-01", "training-lacking", "Dot", OrderOutcome.Refused);
        await RecordAsync(scheduler, "Cid,GMP patching,2026-01-01,soon", "training-unreadable", "Dot", OrderOutcome.Refused);

        using var http = scheduler.Http();
        Assert.Equal("until", Assert.Single((await http.GetFromJsonAsync("/api/file-errors", ApiJson.Default.FileErrorsView, TestContext.Current.CancellationToken))!.Training).Key);
    }

    [Fact]
    public async Task Quarantined_run_is_not_settled_by_the_untrained()
    {
        await using var scene = await Scene.SetAsync(policy: "training: { override: [GMP patching] }");
        var (scheduler, _, agent) = scene;
        var token = await scene.ReleaseAsync();
        await agent.TellAsync("J1.1", token, 1, Plant.Messages.RunPhase.Unknown);
        await scheduler.StateAsync("J1.1", RunState.Quarantined);

        var refused = await scheduler.AskAsync(Signed.Settle("J1", RunState.Aborted, "looked", "Ann"));

        Assert.Equal(OrderOutcome.Refused, refused.Outcome);
        Assert.Contains("Ann is not trained for it", refused.Messages[0], StringComparison.Ordinal);
    }

    private static async Task<OrderResult> ApproveAsync(RunningScheduler scheduler, string by)
    {
        var content = (await scheduler.WhyAsync("J1")).Job.ContentHash;
        return await scheduler.AskAsync(new Order.Approve("J1", "", by, Signed.Approval(by, content)));
    }

    private static Task TableAsync(RunningScheduler scheduler, string row, int records)
    {
        scheduler.Folder.Write("training/lms.csv", "person,qualification,from,until\n" + row + "\n");
        return Eventually.TrueAsync($"the table has {records} record(s)", async () =>
        {
            await scheduler.AdvanceAsync(TimeSpan.FromSeconds(1));
            return scheduler.Services.GetRequiredService<TrainingShelf>().Current.All.Length == records;
        }, RunningScheduler.Patience);
    }

    /// <summary>Writes the table, waits until the gate says <paramref name="code"/> and has somebody approve.</summary>
    private static async Task RecordAsync(RunningScheduler scheduler, string row, string code, string by, OrderOutcome outcome)
    {
        scheduler.Folder.Write("training/lms.csv", "person,qualification,from,until\n" + row + "\n");
        await Eventually.TrueAsync($"the table says {code}", async () =>
        {
            await scheduler.AdvanceAsync(TimeSpan.FromSeconds(1));
            // Bob approved when the job was added; Cid may sign once the record is read.
            if (outcome == OrderOutcome.Done && (await ApproveAsync(scheduler, by)).Outcome == OrderOutcome.Refused)
                return false;
            return (await scheduler.WhyAsync("J1")).Verdicts.Any(verdict => verdict.Gate == "training" && verdict.Code == code);
        }, RunningScheduler.Patience);
        if (outcome != OrderOutcome.Done)
            Assert.Equal(outcome, (await ApproveAsync(scheduler, by)).Outcome);
    }
}
