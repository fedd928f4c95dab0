using PatchEdge.Gateway.Continuity.Report;
using PatchEdge.Gateway.Tests.Acquisition;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Time;

namespace PatchEdge.Gateway.Tests.Continuity.Report;

/// <summary>What the record of a real pipeline says of a patch run.</summary>
public sealed class RecordedJournalTests
{
    private const string State = "L/U.StateCurrent";

    [Fact]
    [Trait("Req", "A gap names its run")]
    public async Task Gap_in_a_run_names_it_across_a_restart_and_the_record_accounts_for_every_millisecond()
    {
        await using var fixture = await PipelineFixture.StartAsync();
        await fixture.Live.UntilAsync(LineState.Idle);
        var over = fixture.Gaps(State).Where(gap => gap.End is not null).Select(gap => gap.Id).ToHashSet();
        fixture.News.Tell(Reply(HoldAction.Hold));
        await Eventually.TrueAsync("the open gap names the run", () => Task.FromResult(fixture.Gaps("L/Missing").Any(gap => gap is { End: null, Run: "run-7" })), TimeSpan.FromSeconds(20));
        Assert.All(fixture.Gaps(State).Where(gap => over.Contains(gap.Id)), gap => Assert.Null(gap.Run));
        await fixture.StopGatewayAsync();
        await fixture.StartGatewayAsync();
        var gap = await fixture.GapAsync(State, GapCause.GatewayDown, gap => gap.End is not null);
        Assert.Equal("run-7", gap.Run);
        fixture.News.Tell(Reply(HoldAction.Release));
        await fixture.Live.UntilAsync(LineState.Idle);
        fixture.Batch.SetValue("B-1");
        await fixture.Live.UntilAsync(LineState.Active);
        await fixture.StopGatewayAsync();

        using var journal = new RecordedJournal(fixture.JournalDirectory);
        var run = Assert.Single(journal.Runs("run-7"));
        Assert.Equal("L", run.Line);
        var span = new TimeRange(run.Start.ToDateTimeOffset(), run.End!.Value.ToDateTimeOffset());
        Assert.Empty(journal.Faults(span));
        var report = CoverageReport.Of(State, span, [.. journal.Accounts(State, span)]);
        Assert.Equal((long)span.Duration.TotalMilliseconds, report.ObservedMs + report.BackfilledMs + report.GapMs);
        Assert.True(report.ObservedMs > 0);
        Assert.All(report.Uncovered, part => Assert.Equal("run-7", part.Run));

        var batch = Assert.Single(journal.Batches("B-1", fault => Assert.Fail(fault)).Spans);
        Assert.Equal("L", batch.Line);

        // Before it was first watched no attestation covers it.
        var before = new TimeRange(span.Start - TimeSpan.FromDays(1), span.Start);
        Assert.Contains(CoverageReport.Of(State, before, [.. journal.Accounts(State, before)]).Uncovered, part => part.Cause == GapCause.ConfiguredNotMonitored);
        Assert.Empty(journal.Accounts("L/Never", span));
    }

    private static HoldReply Reply(HoldAction action) =>
        new() { Run = "run-7", Line = "L", Gateway = "gw", Action = action, Token = 1, Request = action.ToString(), Granted = true, Answered = true };
}
