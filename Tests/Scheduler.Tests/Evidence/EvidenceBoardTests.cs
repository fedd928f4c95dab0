using Microsoft.Extensions.Time.Testing;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Evidence;

public sealed class EvidenceBoardTests
{
    private readonly FakeTimeProvider time = new(Facts.Now);
    private readonly EvidenceBoard board;

    public EvidenceBoardTests() => board = new EvidenceBoard(TestPlant.Model, TimeSpan.FromSeconds(2), time);

    private Received<LineReport> Filling => board.Snapshot().Report(TestPlant.Filling, TestPlant.Gateway);

    [Fact]
    public void Live_report_is_evidence_until_its_validity_ends()
    {
        Assert.True(board.Take(Report(1), retained: false));
        Assert.Equal(Standing.Fresh, Filling.Standing);

        time.Advance(TimeSpan.FromMilliseconds(5_001));

        Assert.Equal(Standing.Stale, Filling.Standing);
    }

    [Fact]
    [Trait("Req", "hostile-54")]
    public void Retained_report_is_history_and_never_replaces_a_live_one()
    {
        board.Take(Report(7), retained: true);
        Assert.Equal(Standing.Retained, Filling.Standing);

        board.Take(Report(8), retained: false);
        Assert.False(board.Take(Report(9) with { State = LineState.Active }, retained: true));

        Assert.Equal((Standing.Fresh, 8L), (Filling.Standing, Filling.Message!.Sequence));
    }

    [Fact]
    [Trait("Req", "hostile-52")]
    public void Duplicates_and_reordered_reports_are_dropped()
    {
        Assert.True(board.Take(Report(2) with { State = LineState.Active }, retained: false));

        Assert.False(board.Take(Report(2), retained: false));
        Assert.False(board.Take(Report(1), retained: false));

        Assert.Equal(LineState.Active, Filling.Message!.State);
    }

    [Fact]
    public void Report_of_a_boot_that_has_ended_is_dropped()
    {
        board.Take(Report(5), retained: false);
        board.Take(Report(1) with { Boot = "g2", State = LineState.Active }, retained: false);

        Assert.False(board.Take(Report(6), retained: false));

        Assert.Equal("g2", Filling.Message!.Boot);
    }

    [Fact]
    [Trait("Req", "hostile-55")]
    public void Report_that_was_long_on_its_way_is_no_evidence()
    {
        board.Take(Report(1) with { At = Facts.Now.AddSeconds(-3) }, retained: false);

        Assert.Equal(Standing.ClockOff, Filling.Standing);
    }

    [Fact]
    [Trait("Req", "hostile-60")]
    public void Report_from_a_clock_ahead_is_no_evidence()
    {
        board.Take(Report(1) with { At = Facts.Now.AddSeconds(3) }, retained: false);

        Assert.Equal(Standing.ClockOff, Filling.Standing);
    }

    [Fact]
    [Trait("Req", "hostile-54")]
    public void Last_will_of_a_gateway_takes_all_its_lines()
    {
        board.Take(Report(1), retained: false);
        board.Take(Facts.Gateway(TestPlant.Gateway), retained: false);

        board.Take(Facts.Gateway(TestPlant.Gateway) with { Online = false, At = null, ValidForMs = 0 }, retained: false);

        Assert.Equal(Standing.Offline, Filling.Standing);
        Assert.Equal(Standing.Offline, board.Snapshot().Gateway(TestPlant.Gateway).Standing);

        board.Take(Report(2), retained: false);
        Assert.Equal(Standing.Fresh, Filling.Standing);
    }

    [Fact]
    public void Lost_broker_turns_evidence_into_history_until_heard_again()
    {
        board.Take(Report(1), retained: false);

        board.Disconnect();
        Assert.Equal(Standing.Disconnected, Filling.Standing);
        Assert.False(board.Take(Report(1), retained: true));
        Assert.Equal(Standing.Disconnected, Filling.Standing);

        board.Take(Report(2), retained: false);
        Assert.Equal(Standing.Fresh, Filling.Standing);
    }

    [Fact]
    public void Message_of_another_site_or_an_unknown_line_is_refused()
    {
        Assert.False(board.Take(Report(1) with { Site = "Other" }, retained: false));
        Assert.False(board.Take(Report(1) with { Line = "Nowhere" }, retained: false));
        Assert.False(board.Take(Facts.Agent("nobody"), retained: false));
    }

    [Fact]
    public void Validity_beyond_the_longest_is_cut()
    {
        board.Take(Report(1) with { ValidForMs = int.MaxValue }, retained: false);

        time.Advance(TimeSpan.FromMinutes(3));

        Assert.Equal(Standing.Stale, Filling.Standing);
    }

    private static LineReport Report(long sequence) => Facts.Report(TestPlant.Filling, TestPlant.Gateway, LineState.Idle, sequence);
}
