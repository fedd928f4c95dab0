using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Features.Waivers;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Signatures;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Planning.Coverage;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Features;

public sealed class WaiverTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Glass_broken_by_two_people_arms_a_run_that_nobody_approved_and_the_ledger_names_both()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await scheduler.AskAsync(new Order.Add(Draft(), "test", "Ann"));
        var first = await scheduler.AskAsync(Glass(60, "worm in the plant", "Carl"));
        var again = await scheduler.AskAsync(Glass(60, "worm in the plant", "Carl"));
        await scheduler.SettledAsync();

        Assert.Equal((OrderOutcome.Done, OrderOutcome.Refused), (first.Outcome, again.Outcome));
        Assert.Equal(RunState.Requested, (await scheduler.RunAsync("J1.1")).State);

        Assert.Equal(OrderOutcome.Done, (await scheduler.AskAsync(Glass(60, "I agree", "Dora"))).Outcome);
        await scheduler.StateAsync("J1.1", RunState.Armed);

        var verdict = (await scheduler.WhyAsync("J1")).Verdicts.Single(item => item.Gate == "approved");
        Assert.Equal((GateOutcome.Pass, "waived"), (verdict.Outcome, verdict.Code));
        Assert.Contains("Carl and Dora", verdict.Reason, StringComparison.Ordinal);
        var signed = (await scheduler.LedgerAsync()).Select(entry => JsonNode.Parse(entry.Json)!)
            .Where(entry => (string?)entry["action"] is LedgerActions.BreakGlassSigned or LedgerActions.BreakGlassCosigned).Select(entry => (string?)entry["actor"]);
        Assert.Equal(["Carl", "Dora"], signed);
    }

    [Fact]
    public async Task Past_instant_is_answered_with_what_was_signed_by_then_and_whether_it_counted()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await scheduler.AskAsync(new Order.Add(Draft(), "test", "Ann"));
        await scheduler.StateAsync("J1.1", RunState.Requested);
        var unsigned = await LaterAsync(scheduler);
        await scheduler.AskAsync(Glass(60, "worm", "Carl"));
        var asked = await LaterAsync(scheduler);
        await scheduler.AskAsync(Glass(60, "worm", "Dora"));
        var counting = await LaterAsync(scheduler);
        await scheduler.AskAsync(new Order.EndWaivers("J1", "over", "Carl"));
        var ended = await LaterAsync(scheduler);
        var past = scheduler.Services.GetRequiredService<PastQueries>();

        Assert.Empty((await past.WhyAsync("J1", unsigned, Cancellation))!.Waivers);
        var first = Assert.Single((await past.WhyAsync("J1", asked, Cancellation))!.Waivers);
        Assert.Equal((WaiverState.WaitsForSecond, "Carl"), (first.State, string.Join(',', first.By)));
        var both = Assert.Single((await past.WhyAsync("J1", counting, Cancellation))!.Waivers);
        Assert.Equal((WaiverState.Counts, "Carl,Dora"), (both.State, string.Join(',', both.By)));
        var over = Assert.Single((await past.WhyAsync("J1", ended, Cancellation))!.Waivers);
        Assert.Equal((WaiverState.Over, 60), (over.State, over.Minutes));
        Assert.Equal(first.Covers, over.Covers);
    }

    [Fact]
    public async Task Glass_whose_time_is_over_takes_an_unapproved_run_back()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await scheduler.AskAsync(new Order.Add(Draft(), "test", "Ann"));
        await scheduler.AskAsync(Glass(1, "worm", "Carl"));
        await scheduler.AskAsync(Glass(1, "worm", "Dora"));
        await scheduler.StateAsync("J1.1", RunState.Armed);

        await scheduler.AdvanceAsync(TimeSpan.FromMinutes(1));
        await scheduler.AskAsync(new Order.EndWaivers("J1", "over", "Carl"));

        await scheduler.StateAsync("J1.1", RunState.Requested);
    }

    [Fact]
    public async Task Glass_broken_for_one_attempt_does_not_count_for_the_next()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await scheduler.AskAsync(new Order.Add(Draft(), "test", "Ann"));
        await scheduler.AskAsync(Glass(60, "worm", "Carl"));
        await scheduler.AskAsync(Glass(60, "worm", "Dora"));
        await scheduler.StateAsync("J1.1", RunState.Armed);
        await scheduler.AskAsync(new Order.Withdraw("J1", RunState.Aborted, "not now", "Ann"));
        await scheduler.AskAsync(new Order.Retry("J1", "now", "Ann"));
        await scheduler.SettledAsync();

        Assert.Equal(RunState.Requested, (await scheduler.RunAsync("J1.2")).State);
    }

    [Fact]
    public async Task Gap_counts_once_a_second_person_signed_exactly_the_same_and_the_ledger_holds_what_is_lost()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await scheduler.AskAsync(new Order.Add(Draft(), "test", "Ann"));
        var gap = new GapBudget(TimeSpan.FromMinutes(10), [LostTags.Of(TestPlant.Filling, ["Filling.Speed", "Filling.Temperature"])]);

        Assert.Equal(OrderOutcome.Refused, (await scheduler.AskAsync(Accept(gap with { Lost = [] }, 60, "Carl"))).Outcome);
        Assert.Equal(OrderOutcome.Refused, (await scheduler.AskAsync(Accept(gap, 60, "Carl") with { Minutes = 90 })).Outcome);
        Assert.Equal(OrderOutcome.Refused, (await scheduler.AskAsync(Accept(gap, 60, "Carl") with { Gap = gap with { Longest = TimeSpan.FromHours(1) } })).Outcome);
        Assert.Equal(OrderOutcome.Done, (await scheduler.AskAsync(Accept(gap, 60, "Carl"))).Outcome);
        Assert.Equal(WaiverState.WaitsForSecond, (await WaiversAsync(scheduler)).State);
        Assert.Equal(OrderOutcome.Refused, (await scheduler.AskAsync(Accept(gap, 60, "carl"))).Outcome);
        var other = await scheduler.AskAsync(Accept(gap with { Longest = TimeSpan.FromMinutes(20) }, 60, "Dora"));
        Assert.Equal(OrderOutcome.Refused, other.Outcome);
        Assert.Contains("sign exactly that", other.Messages[0], StringComparison.Ordinal);
        Assert.Equal(OrderOutcome.Done, (await scheduler.AskAsync(Accept(gap, 60, "Dora"))).Outcome);
        Assert.Equal(OrderOutcome.Unchanged, (await scheduler.AskAsync(Accept(gap, 60, "Dora"))).Outcome);

        var waiver = await WaiversAsync(scheduler);
        Assert.Equal((WaiverState.Counts, 600, gap.LostDigest), (waiver.State, waiver.GapSeconds!.Value, waiver.LostDigest));
        Assert.Equal(["Carl", "Dora"], waiver.By);
        var entries = (await scheduler.LedgerAsync()).Select(entry => JsonNode.Parse(entry.Json)!)
            .Where(entry => (string?)entry["action"] is LedgerActions.GapBudgetSigned or LedgerActions.GapBudgetCosigned).ToList();
        Assert.Equal(2, entries.Count);
        Assert.All(entries, entry => Assert.Equal((waiver.Covers, "Filling.Speed"), ((string?)entry["after"]!["signature"]!["covers"], (string?)entry["after"]!["gapBudget"]!["lost"]![0]!["tags"]![0])));

        using var http = scheduler.Http();
        using var unseen = await http.PostAsJsonAsync("/api/jobs/J1/gap-budget", new { gapSeconds = 60, lost = new string('0', 64), minutes = 5, reason = "x", name = "n", password = "p" }, Cancellation);
        Assert.Contains("lostDigest", await unseen.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);

        static async Task<WaiverView> WaiversAsync(RunningScheduler scheduler)
        {
            using var http = scheduler.Http();
            return Assert.Single((await http.GetFromJsonAsync("/api/jobs/J1/waivers", ApiJson.Default.JobWaiversView, Cancellation))!.Waivers);
        }
    }

    private static Order.AcceptGap Accept(GapBudget gap, int minutes, string by) =>
        new("J1", minutes, "spare part", by, Signed.Approval(by, SignedContent.Waiving("J1.1", WaiverKind.GapBudget, "", minutes, gap)), gap);

    [Theory]
    [InlineData(0)]
    [InlineData(25 * 60)]
    public async Task Glass_is_not_broken_for_no_time_or_for_longer_than_a_day(int minutes)
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await scheduler.AskAsync(new Order.Add(Draft(), "test", "Ann"));

        var result = await scheduler.AskAsync(Glass(minutes, "worm", "Carl"));

        Assert.Equal(OrderOutcome.Refused, result.Outcome);
        Assert.Contains("1 to 1440 minutes", result.Messages[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_can_stand_by_a_line_that_is_held_by_its_controller_or_is_not_the_hosts()
    {
        await using var scheduler = await RunningScheduler.StartAsync(more: "advisory-release: true");
        await scheduler.AddAsync("J1");

        foreach (var line in (string[])[TestPlant.Filling, TestPlant.Packaging, "nonsense"])
            Assert.Equal(OrderOutcome.Refused, (await scheduler.AskAsync(new Order.StandBy("J1", line, 60, "here", "Eve", Signing("Eve", WaiverKind.StandBy, line, 60)))).Outcome);
    }

    [Fact]
    public async Task Nothing_counts_unsigned_and_a_role_that_may_not_is_turned_away()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await scheduler.AskAsync(new Order.Add(Draft(), "test", "Ann"));
        using var local = scheduler.Http();
        using var operatorVisitor = await Visitor.WithRoleAsync(scheduler, Policies.Operator);

        using var unsigned = await local.PostAsJsonAsync("/api/jobs/J1/break-glass", new { minutes = 60, reason = "worm" }, Cancellation);
        using var turnedAway = await operatorVisitor.Http.PostAsJsonAsync("/api/jobs/J1/break-glass", new { minutes = 60, reason = "worm" }, Cancellation);

        Assert.Equal(HttpStatusCode.Conflict, unsigned.StatusCode);
        Assert.Contains("must be signed", await unsigned.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, turnedAway.StatusCode);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("of somebody else")]
    [InlineData("for longer")]
    [InlineData("for another run")]
    [Trait("Req", "hostile-76")]
    public async Task Signature_must_be_the_signers_own_and_cover_just_what_is_asked(string how)
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await scheduler.AskAsync(new Order.Add(Draft(), "test", "Ann"));
        var whole = Signing("Carl", WaiverKind.BreakGlass, "", 60);
        var signature = how switch
        {
            "none" => null,
            "of somebody else" => whole with { Name = "Dora" },
            "for longer" => Signing("Carl", WaiverKind.BreakGlass, "", 600),
            _ => whole with { Covers = SignedContent.Waiving("J1.2", WaiverKind.BreakGlass, "", 60) },
        };

        var result = await scheduler.AskAsync(new Order.BreakGlass("J1", 60, "worm", "Carl", signature));

        Assert.Equal(OrderOutcome.Refused, result.Outcome);
        Assert.Contains("must be signed", result.Messages[0], StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Req", "hostile-76")]
    public async Task Same_person_in_another_spelling_is_no_second_person()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await scheduler.AskAsync(new Order.Add(Draft(), "test", "Ann"));
        await scheduler.AskAsync(Glass(60, "worm", "Carl"));

        Assert.Equal(OrderOutcome.Refused, (await scheduler.AskAsync(Glass(60, "worm", "CARL"))).Outcome);
    }

    [Fact]
    public async Task Request_needs_name_and_password_of_who_is_signed_in()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await scheduler.AskAsync(new Order.Add(Draft(), "test", "Ann"));
        using var approver = await Visitor.WithRoleAsync(scheduler, Policies.Approver);

        using var response = await approver.Http.PostAsJsonAsync("/api/jobs/J1/break-glass", new { minutes = 60, reason = "worm", name = "nobody", password = "wrong" }, Cancellation);

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Contains("nothing was signed", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    private static Order.BreakGlass Glass(int minutes, string reason, string by) =>
        new("J1", minutes, reason, by, Signing(by, WaiverKind.BreakGlass, "", minutes));

    private static SignatureRecord Signing(string by, WaiverKind kind, string line, int minutes) =>
        new(by, SignatureMeanings.Responsibility, SignedContent.Waiving("J1.1", kind, line, minutes), 2);

    private static JobDraft Draft() => new()
    {
        Id = "J1",
        Host = TestPlant.Hmi,
        Procedure = Facts.Procedure,
        PatchName = "Update",
        PatchDigest = Facts.Digest,
        RequestedBy = "Ann",
    };

    /// <summary>An instant, and time goes on behind it.</summary>
    private static async Task<DateTimeOffset> LaterAsync(RunningScheduler scheduler)
    {
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(5));
        var now = scheduler.Time.GetUtcNow();
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(5));
        return now;
    }
}
