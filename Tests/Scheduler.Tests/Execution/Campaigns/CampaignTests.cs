using Microsoft.Extensions.DependencyInjection;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Features.Campaigns;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Ledger.Signatures;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Execution.Campaigns;

/// <summary>A campaign in the whole scheduler: files, plan, approval of its hash, halt and resume, and what the record says of then.</summary>
public sealed class CampaignTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Plan_is_approved_by_its_hash_halted_by_a_failure_and_resumed_by_name()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        var added = await scheduler.AskAsync(new Order.AddCampaign(Draft(), "test", "Ann"));
        Assert.Equal(OrderOutcome.Done, added.Outcome);
        var campaign = Assert.Single(await ListAsync(scheduler));
        Assert.Equal(["canary 0 of 1 done", "rest 0 of 1 done"], campaign.Waves.Select(wave => wave.Standing));
        Assert.NotNull(campaign.Waves[0].Jobs[0].Start);

        // What is signed is one plan, by somebody else than who asked for it.
        Assert.Equal(OrderOutcome.Refused, (await ApproveAsync(scheduler, new string('0', 64), "Bob")).Outcome);
        Assert.Equal(OrderOutcome.Refused, (await ApproveAsync(scheduler, campaign.Plan!, "Ann")).Outcome);
        Assert.Equal(OrderOutcome.Refused, (await scheduler.AskAsync(new Order.ApproveCampaign(
            "C", campaign.Plan!, "", "Bob", new SignatureRecord("Bob", SignatureMeanings.Approval, new string('0', 64), 2)))).Outcome);
        Assert.Equal(OrderOutcome.Done, (await ApproveAsync(scheduler, campaign.Plan!, "Bob")).Outcome);
        Assert.Equal(OrderOutcome.Unchanged, (await ApproveAsync(scheduler, campaign.Plan!, "Bob")).Outcome);
        await scheduler.StateAsync("C-filling-hmi.1", RunState.Armed);
        await scheduler.StateAsync("C-line-server.1", RunState.Armed);
        Assert.Equal("wave-waits", await CodeAsync(scheduler, "C-line-server", "campaign-wave"));
        Assert.Equal("plan-current", await CodeAsync(scheduler, "C-filling-hmi", "plan"));
        Assert.Equal("approved", await CodeAsync(scheduler, "C-filling-hmi", "approved"));

        // The canary fails: nothing more of the campaign is released until somebody has looked.
        await scheduler.AskAsync(new Order.Withdraw("C-filling-hmi", RunState.Aborted, "it broke", "Eve"));
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Equal("campaign-halted", await CodeAsync(scheduler, "C-line-server", "campaign-wave"));
        Assert.Contains(await scheduler.LedgerAsync(), entry => entry.Json.Contains("\"action\":\"campaign-halted\"", StringComparison.Ordinal));
        Assert.NotNull(Assert.Single(await ListAsync(scheduler)).Halt);

        // A signature covers the failures that were looked at, and is its giver's own.
        var signed = new SignatureRecord("Eve", SignatureMeanings.Responsibility, SignedContent.Resuming("C", 1), 2);
        foreach (var wrong in (SignatureRecord[])[signed with { Covers = SignedContent.Resuming("C", 0) }, signed with { Name = "Bob" }])
            Assert.Equal(OrderOutcome.Refused, (await scheduler.AskAsync(new Order.ResumeCampaign("C", "a loose cable", "Eve", wrong))).Outcome);
        Assert.Equal(OrderOutcome.Done, (await scheduler.AskAsync(new Order.ResumeCampaign("C", "a loose cable", "Eve", signed))).Outcome);
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Null(Assert.Single(await ListAsync(scheduler)).Halt);
        Assert.Equal("wave-waits", await CodeAsync(scheduler, "C-line-server", "campaign-wave"));
        Assert.Contains(await scheduler.LedgerAsync(), entry => entry.Json.Contains("\"action\":\"campaign-resumed\"", StringComparison.Ordinal) && entry.Json.Contains("\"actor\":\"Eve\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Changed_campaign_has_another_plan_and_no_approval()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await scheduler.AskAsync(new Order.AddCampaign(Draft(), "test", "Ann"));
        var before = Assert.Single(await ListAsync(scheduler));
        await ApproveAsync(scheduler, before.Plan!, "Bob");
        await scheduler.StateAsync("C-filling-hmi.1", RunState.Armed);

        Assert.Equal(OrderOutcome.Unchanged, (await scheduler.AskAsync(new Order.AddCampaign(Draft(), "test", "Ann"))).Outcome);
        Assert.Equal(OrderOutcome.Done, (await scheduler.AskAsync(new Order.AddCampaign(Draft() with { PatchDigest = new string('7', 64) }, "test", "Ann"))).Outcome);

        var after = Assert.Single(await ListAsync(scheduler));
        Assert.NotEqual(before.Plan, after.Plan);
        Assert.Empty(after.ApprovedBy);
        await scheduler.StateAsync("C-filling-hmi.1", RunState.Requested);
        Assert.Equal("approval-missing", await CodeAsync(scheduler, "C-filling-hmi", "approved"));
    }

    [Fact]
    public async Task Campaign_survives_a_restart()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await scheduler.AskAsync(new Order.AddCampaign(Draft(), "test", "Ann"));
        var before = Assert.Single(await ListAsync(scheduler));
        await ApproveAsync(scheduler, before.Plan!, "Bob");

        await scheduler.StopAsync();
        await scheduler.StartAgainAsync();

        var after = Assert.Single(await ListAsync(scheduler));
        Assert.Equal((before.Plan, "Bob"), (after.Plan, Assert.Single(after.ApprovedBy)));
    }

    [Fact]
    public async Task Campaign_file_is_taken_in_and_its_errors_are_told_with_their_lines()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        scheduler.Folder.Write("campaigns/march.yaml", """
            procedure: install-update
            patch: { name: March, digest: dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd }
            select: { lines: [Filling] }
            waves:
              - { name: canary, count: 1, soak: 2d }
              - { name: rest, hosts: rest }
            requested-by: Ann
            """);
        scheduler.Folder.Write("campaigns/wrong.yaml", "procedure: install-update\npatch: { name: A, digest: dd }\nhosts: [filling-hni]\nwaves:\n  - { name: a, count: 1, percent: 5 }\n");

        await Eventually.TrueAsync("the campaign is on record", async () =>
        {
            scheduler.Time.Advance(TimeSpan.FromSeconds(1));
            return (await ListAsync(scheduler)).Length == 1 && scheduler.Services.GetRequiredService<JobFolder>().Errors.Length >= 3;
        }, RunningScheduler.Patience);

        var campaign = Assert.Single(await ListAsync(scheduler));
        Assert.Equal(("march", 2), (campaign.Id, campaign.Waves.Length));
        var errors = scheduler.Services.GetRequiredService<JobFolder>().Errors;
        Assert.Contains(errors, error => error.Line == 3 && error.Message.Contains("filling-hmi", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.Line == 5 && error.Message.Contains("exactly one way", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Why_not_then_is_answered_from_the_record()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(10));
        await scheduler.AddAsync("J1");
        await scheduler.StateAsync("J1.1", RunState.Armed);
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(10));
        var armed = scheduler.Time.GetUtcNow();
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(10));
        await scheduler.AskAsync(new Order.Stop("smoke", "Eve"));
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(12));
        var stopped = scheduler.Time.GetUtcNow();
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(2));
        await scheduler.AskAsync(new Order.Withdraw("J1", RunState.Revoked, "no longer wanted", "Ann"));
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(2));
        var past = scheduler.Services.GetRequiredService<PastQueries>();

        var before = (await past.WhyAsync("J1", Facts.Now.AddSeconds(1), Cancellation))!;
        Assert.Contains("did not exist", before.Summary, StringComparison.Ordinal);

        var then = (await past.WhyAsync("J1", armed, Cancellation))!;
        Assert.Equal(RunState.Armed, then.Job.State);
        Assert.Equal(Gate.All.Select(gate => gate.Name).Order(), then.Verdicts.Select(verdict => verdict.Gate).Distinct().Order());
        Assert.Equal("stop-off", Assert.Single(then.Verdicts, verdict => verdict.Gate == "emergency-stop").Code);

        var later = (await past.WhyAsync("J1", stopped, Cancellation))!;
        Assert.Equal("stop-active", Assert.Single(later.Verdicts, verdict => verdict.Gate == "emergency-stop").Code);
        Assert.All(later.Verdicts, verdict => Assert.True(verdict.Since <= stopped));

        Assert.Equal(RunState.Revoked, (await past.WhyAsync("J1", scheduler.Time.GetUtcNow(), Cancellation))!.Job.State);
        Assert.Null(await past.WhyAsync("J9", armed, Cancellation));
    }

    private static CampaignDraft Draft() => new()
    {
        Id = "C",
        Procedure = Facts.Procedure,
        PatchName = "Update",
        PatchDigest = Facts.Digest,
        Waves = [new WaveDraft("canary", [TestPlant.Hmi], 100, TimeSpan.FromHours(1)), new WaveDraft("rest", [TestPlant.Server], 100, TimeSpan.Zero)],
        Concurrency = 1,
        HaltAfter = 1,
        RequestedBy = "Ann",
    };

    private static Task<OrderResult> ApproveAsync(RunningScheduler scheduler, string plan, string by) => scheduler.AskAsync(Signed.Approve("C", plan, by));

    private static async Task<CampaignView[]> ListAsync(RunningScheduler scheduler) => [.. await scheduler.Services.GetRequiredService<CampaignQueries>().ListAsync(Cancellation)];

    private static async Task<string> CodeAsync(RunningScheduler scheduler, string job, string gate) =>
        Assert.Single((await scheduler.WhyAsync(job)).Verdicts, verdict => verdict.Gate == gate).Code;
}
