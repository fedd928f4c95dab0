using CsCheck;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Repair;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Tests.Repair;

/// <summary>A gap from 100 to 200; the server runs since 0.</summary>
public sealed class HistoryProofTests
{
    [Fact]
    public void Values_on_both_sides_of_a_gap_prove_it() =>
        Assert.Equal([(100, 200)], Judge([90, 120, 150, 210]));

    [Fact]
    public void Without_a_value_before_it_is_proven_from_the_first_value_on() =>
        Assert.Equal([(120, 200)], Judge([120, 210]));

    [Fact]
    public void Without_a_value_after_it_is_proven_to_the_last_value_only_unless_that_is_the_present_one()
    {
        Assert.Equal([(100, 150)], Judge([90, 150]));
        Assert.Equal([(100, 200)], Judge([90, 150], present: true));
        Assert.Equal([(100, 200)], Judge([90], present: true));
    }

    [Fact]
    public void Nothing_stored_proves_nothing() => Assert.Empty(Judge([]));

    [Fact]
    public void What_follows_a_value_that_is_not_good_is_not_proven() =>
        Assert.Equal([(100, 120), (150, 200)], Judge([90, -120, 150, 210]));

    [Fact]
    public void What_lies_before_the_start_of_the_server_process_is_not_proven()
    {
        Assert.Equal([(150, 200)], Judge([90, 120, 150, 210], started: 130));
        Assert.Empty(Judge([90, 210], started: 130));
        Assert.Equal([(100, 200)], Judge([90, 210], started: 95));
        Assert.Empty(HistoryProof.Judge(new Moment(100), new Moment(200), new HistoryAnswer { Points = [new(new Moment(90), true), new(new Moment(210), true)] }, null).Proven);
    }

    [Fact]
    public void Server_that_was_silent_proves_only_what_lies_between_values_close_to_each_other() =>
        Assert.Equal([(150, 170)], Judge([90, 150, 160, 170, 210], spacing: 20));

    [Fact]
    public void Answer_that_was_cut_off_proves_no_further_than_it_reaches()
    {
        var answer = new HistoryAnswer { Points = [new(new Moment(90), true), new(new Moment(150), true)], CompleteUntil = new Moment(150), ServerStarted = new Moment(0) };
        var verdict = HistoryProof.Judge(new Moment(100), new Moment(200), answer, null);
        Assert.Equal([(100, 150)], Spans(verdict));
        Assert.False(verdict.IsWhole);
    }

    [Fact]
    [Trait("Req", "Every moment is accounted for")]
    public void Parts_of_a_gap_cover_exactly_what_it_covered() => Gen.Select(Gen.Int[50, 250].List[0, 12], Gen.Bool.List[12], Gen.Int[0, 220], Gen.Bool, Gen.Int[0, 60]).Sample(
        (times, good, started, present, spacing) =>
        {
            var points = times.Order().Select((at, index) => new StoredPoint(new Moment(at), good[index])).ToList();
            var answer = new HistoryAnswer { Points = points, ServerStarted = new Moment(started), ReachesPresent = present };
            var verdict = HistoryProof.Judge(new Moment(100), new Moment(200), answer, spacing == 0 ? null : TimeSpan.FromMilliseconds(spacing));
            var gap = new Gap
            {
                Id = GapIdentity.Of("g", "s", "t", new Moment(100), GapCause.GatewayDown), Tag = "t", Line = "l", Gateway = "g", Server = "s", Cause = GapCause.GatewayDown,
                Start = new Moment(100).ToDateTimeOffset(), End = new Moment(200).ToDateTimeOffset(), Detail = "why",
            };
            var parts = GapParts.Divide(gap, verdict);
            Assert.Equal(gap.Id, parts[0].Id);
            Assert.Equal(parts.Length, parts.Select(part => part.Id).Distinct().Count());
            var cursor = gap.Start;
            foreach (var part in parts)
            {
                Assert.Equal(cursor, part.Start);
                Assert.True(part.End > part.Start);
                Assert.Equal(part.Repair == GapRepair.None, part.Detail.Contains("not repaired", StringComparison.Ordinal));
                cursor = part.End!.Value;
            }

            Assert.Equal(gap.End, cursor);
            Assert.Equal(verdict.IsWhole, parts is [{ Repair: GapRepair.Backfilled }]);
            // Divided once more, the reason stands there once.
            Assert.All(parts, part => Assert.Equal(part.Detail.Split("not repaired").Length, GapParts.Declare(part, "again").Detail.Split("not repaired").Length - (part.Repair == GapRepair.None ? 0 : 1)));
        });

    private static List<(int Start, int End)> Judge(int[] times, bool present = false, int started = 0, int? spacing = null) => Spans(HistoryProof.Judge(
        new Moment(100), new Moment(200),
        new HistoryAnswer { Points = [.. times.Select(at => new StoredPoint(new Moment(Math.Abs(at)), at > 0))], ReachesPresent = present, ServerStarted = new Moment(started) },
        spacing is { } longest ? TimeSpan.FromMilliseconds(longest) : null));

    private static List<(int Start, int End)> Spans(HistoryVerdict verdict) => [.. verdict.Proven.Select(part => ((int)part.Start.UnixMilliseconds, (int)part.End.UnixMilliseconds))];
}
