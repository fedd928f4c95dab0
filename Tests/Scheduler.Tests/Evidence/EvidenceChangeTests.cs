using Microsoft.Extensions.Time.Testing;
using PatchEdge.Plant.Lines;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Evidence;

/// <summary>What is said anew need not be judged anew; what changed, or has grown too old, must be.</summary>
public sealed class EvidenceChangeTests
{
    private readonly FakeTimeProvider time = new(Facts.Now);
    private readonly EvidenceBoard board;
    private readonly List<EvidenceChange> changes = [];

    public EvidenceChangeTests()
    {
        board = new EvidenceBoard(TestPlant.Model, TimeSpan.FromSeconds(2), time);
        board.Changed += changes.Add;
    }

    [Fact]
    public void Report_that_only_renews_what_was_known_changes_nothing()
    {
        board.Take(Facts.Report(TestPlant.Filling, TestPlant.Gateway, LineState.Idle, 1), retained: false);
        changes.Clear();

        Assert.True(board.Take(Facts.Report(TestPlant.Filling, TestPlant.Gateway, LineState.Idle, 2) with { At = time.GetUtcNow(), ProvenUntil = time.GetUtcNow() }, retained: false));

        Assert.Empty(changes);
    }

    [Fact]
    public void Report_of_another_state_changes_its_line()
    {
        board.Take(Facts.Report(TestPlant.Filling, TestPlant.Gateway, LineState.Idle, 1), retained: false);
        changes.Clear();

        board.Take(Facts.Report(TestPlant.Filling, TestPlant.Gateway, LineState.Active, 2), retained: false);

        Assert.Equal([new EvidenceChange(EvidenceSubject.Line, TestPlant.Filling)], changes);
    }

    [Fact]
    public void Evidence_that_grew_too_old_is_told_once()
    {
        board.Take(Facts.Report(TestPlant.Filling, TestPlant.Gateway, LineState.Idle, 1), retained: false);
        board.Take(Facts.Agent(TestPlant.Hmi), retained: false);
        changes.Clear();

        time.Advance(TimeSpan.FromSeconds(4));
        board.Sweep();
        Assert.Empty(changes);

        time.Advance(TimeSpan.FromSeconds(2));
        board.Sweep();
        board.Sweep();

        Assert.Equal([new EvidenceChange(EvidenceSubject.Line, TestPlant.Filling), new EvidenceChange(EvidenceSubject.Host, TestPlant.Hmi)], changes);
    }

    [Fact]
    public void First_report_after_a_stale_one_is_news_although_it_says_the_same()
    {
        board.Take(Facts.Report(TestPlant.Filling, TestPlant.Gateway, LineState.Idle, 1), retained: false);
        time.Advance(TimeSpan.FromSeconds(10));
        changes.Clear();

        board.Take(Facts.Report(TestPlant.Filling, TestPlant.Gateway, LineState.Idle, 2) with { At = time.GetUtcNow() }, retained: false);

        Assert.Single(changes);
    }

    [Fact]
    public void Snapshot_keeps_judging_as_of_its_moment()
    {
        board.Take(Facts.Report(TestPlant.Filling, TestPlant.Gateway, LineState.Idle, 1), retained: false);
        var before = board.Snapshot();
        time.Advance(TimeSpan.FromMinutes(5));
        board.Take(Facts.Report(TestPlant.Filling, TestPlant.Gateway, LineState.Active, 2) with { At = time.GetUtcNow() }, retained: false);

        var report = before.Report(TestPlant.Filling, TestPlant.Gateway);

        Assert.Equal((Standing.Fresh, LineState.Idle), (report.Standing, report.Message!.State));
    }
}
