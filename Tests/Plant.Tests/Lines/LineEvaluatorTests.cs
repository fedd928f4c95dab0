using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using static PatchEdge.Plant.Tests.Lines.LineScene;

namespace PatchEdge.Plant.Tests.Lines;

[Trait("Req", "promise-1")]
public sealed class LineEvaluatorTests
{
    [Fact]
    public void No_evidence_is_unknown()
    {
        var evaluation = Evaluator.Evaluate(LineEvidence.None, null, Start);

        Assert.Equal(LineState.Unknown, evaluation.State);
        Assert.Equal("In doubt: there is no reading of L/U.StateCurrent yet; there is no reading of L/BatchId yet; and 1 more.", evaluation.Reason);
        Assert.Null(evaluation.Batch);
        Assert.Null(evaluation.ProvenUntil);
    }

    [Fact]
    public void Line_settles_for_the_dwell_then_is_idle()
    {
        var first = IdleFor(0);
        Assert.Equal(LineState.Settling, first.State);
        Assert.Equal(At(10), first.ExpectedIdleAt);

        Assert.Equal(LineState.Settling, IdleFor(9).State);

        var idle = IdleFor(10);
        Assert.Equal(LineState.Idle, idle.State);
        Assert.Equal(At(0), idle.HoldsSince);
        Assert.Equal(At(10), idle.Since);
        Assert.Null(idle.ExpectedIdleAt);
        Assert.Equal("", idle.Batch);
        Assert.Equal("Idle since 12:00:10 UTC: every condition has held on unbroken evidence since 12:00:00 UTC.", idle.Reason);
    }

    [Fact]
    public void Dwell_that_the_proof_does_not_reach_is_not_over()
    {
        var settling = IdleFor(9);

        var evaluation = Evaluator.Evaluate(Idle(At(9)), settling, At(11));

        Assert.Equal(LineState.Settling, evaluation.State);
    }

    [Fact]
    public void Condition_false_on_good_evidence_makes_the_line_active_with_its_reason()
    {
        var evaluation = Evaluator.Evaluate(Idle(At(11)).With(StateTag, TagValue.Of(6)), IdleFor(10), At(11));

        Assert.Equal(LineState.Active, evaluation.State);
        Assert.Equal("Not idle: L/U.StateCurrent is 6 Execute; idle needs Stopped or Idle.", evaluation.Reason);
        Assert.Equal(At(11), evaluation.Since);
        var report = evaluation.Conditions[0];
        Assert.Equal(ConditionOutcome.Fails, report.Outcome);
        Assert.Equal("6 Execute", report.Value);
        Assert.Equal(At(11), report.Since);
        Assert.Equal(At(0), evaluation.Conditions[1].Since);
        Assert.Null(evaluation.HoldsSince);
    }

    [Fact]
    public void One_short_interruption_starts_the_dwell_anew()
    {
        var active = Evaluator.Evaluate(Idle(At(11)).With(SpeedTag, TagValue.Of(3.0)), IdleFor(10), At(11));

        var again = Evaluator.Evaluate(Idle(At(12)), active, At(12));

        Assert.Equal(LineState.Settling, again.State);
        Assert.Equal(At(22), again.ExpectedIdleAt);
    }

    public static TheoryData<string, Func<LineEvidence, LineEvidence>> Doubts => new()
    {
        { "reads BadNoCommunication", e => e.With(StateTag, t => t with { Quality = EvidenceQuality.Bad, QualityName = "BadNoCommunication" }) },
        { "reads UncertainLastUsableValue", e => e.With(SpeedTag, t => t with { Quality = EvidenceQuality.Uncertain, QualityName = "UncertainLastUsableValue" }) },
        { "has no value", e => e.With(BatchTag, TagValue.Null) },
        { "no measurement", e => e.With(SpeedTag, TagValue.Of(double.NaN)) },
        { "no measurement", e => e.With(SpeedTag, TagValue.Of(double.NegativeInfinity)) },
        { "no state of profile packml", e => e.With(StateTag, TagValue.Of(18)) },
        { "no state of profile packml", e => e.With(StateTag, TagValue.Of(-1)) },
        { "no state of profile packml", e => e.With(StateTag, TagValue.Of(4.5)) },
        { "no state of profile packml", e => e.With(StateTag, TagValue.Of("idle")) },
        { "no state of profile packml", e => e.With(StateTag, TagValue.Of(true)) },
        { "cannot be compared", e => e.With(BatchTag, TagValue.Of(0.0)) },
        { "cannot be compared", e => e.With(SpeedTag, TagValue.Of("0")) },
        { "5.1 s old, more than 5s", e => e.With(SpeedTag, t => t with { ProvenUntil = At(14.9) }) },
        { "lies in the future", e => e.With(SpeedTag, t => t with { ProvenUntil = At(20.001) }) },
        { "lies in the future", e => e.With(SpeedTag, t => t with { CoveredSince = At(21) }) },
        { "not watched without a break", e => e.With(SpeedTag, t => t with { ProvenUntil = At(18), CoveredSince = At(19) }) },
        { "3.0 s in the future", e => e.With(SpeedTag, t => t with { SourceTime = At(23) }) },
        { "server plc is Suspended, not Running", e => e.WithServer(s => s with { State = "Suspended" }) },
        { "state of server plc is not known", e => e.WithServer(s => s with { State = null }) },
        { "state of server plc is not known", e => e with { Servers = new Dictionary<string, ServerEvidence>() } },
        { "proof that server plc is Running is 6.0 s old", e => e.WithServer(s => s with { ProvenUntil = At(14) }) },
        { "off by -2.1 s, more than 2s", e => e.WithServer(s => s with { ClockOffset = TimeSpan.FromSeconds(-2.1) }) },
        { "has not been compared lately", e => e.WithServer(s => s with { ClockOffset = null }) },
        { "no reading of L/BatchId", e => e with { Tags = e.Tags.Where(t => t.Key != BatchTag).ToDictionary() } },
    };

    [Theory]
    [MemberData(nameof(Doubts), DisableDiscoveryEnumeration = true)]
    public void Any_doubt_makes_an_idle_line_unknown(string reason, Func<LineEvidence, LineEvidence> doubt)
    {
        var idle = IdleFor(19);
        Assert.Equal(LineState.Idle, idle.State);

        var evaluation = Evaluator.Evaluate(doubt(Idle(At(20))), idle, At(20));

        Assert.Equal(LineState.Unknown, evaluation.State);
        Assert.Contains(reason, evaluation.Reason, StringComparison.Ordinal);
        Assert.Contains(evaluation.Conditions, condition => condition.Outcome == ConditionOutcome.Doubt && condition.Reason.Length > 0);
        Assert.Null(evaluation.HoldsSince);
    }

    [Fact]
    public void Doubt_outweighs_a_condition_that_is_false_and_names_both()
    {
        var evaluation = Evaluator.Evaluate(Idle(At(0)).With(StateTag, TagValue.Of(6)).With(SpeedTag, TagValue.Null), null, At(0));

        Assert.Equal(LineState.Unknown, evaluation.State);
        Assert.Equal("In doubt: L/U.Speed has no value. Also not idle: L/U.StateCurrent is 6 Execute; idle needs Stopped or Idle.", evaluation.Reason);
    }

    [Fact]
    public void Coverage_that_broke_and_closed_between_two_evaluations_moves_the_dwell()
    {
        var evaluation = Evaluator.Evaluate(Idle(At(20)).With(SpeedTag, tag => tag with { CoveredSince = At(19.5) }), IdleFor(19), At(20));

        Assert.Equal(LineState.Settling, evaluation.State);
        Assert.Equal(At(29.5), evaluation.ExpectedIdleAt);
    }

    [Fact]
    public void Pause_longer_than_the_evidence_age_starts_the_dwell_anew()
    {
        var evaluation = Evaluator.Evaluate(Idle(At(80)), IdleFor(19), At(80));

        Assert.Equal(LineState.Settling, evaluation.State);
        Assert.Equal(At(80), evaluation.HoldsSince);
    }

    [Fact]
    public void Clock_that_went_back_is_a_doubt_and_starts_the_dwell_anew()
    {
        var back = Evaluator.Evaluate(Idle(At(15)), IdleFor(19), At(15));
        Assert.Equal(LineState.Unknown, back.State);
        Assert.Contains("clock went back", back.Reason, StringComparison.Ordinal);

        Assert.Equal(At(16), Evaluator.Evaluate(Idle(At(16)), back, At(16)).HoldsSince);
    }

    [Fact]
    public void Changed_configuration_starts_the_dwell_anew()
    {
        var changed = LineScene.Model("11s");

        var evaluation = new LineEvaluator(changed.Lines.Single(), changed).Evaluate(Idle(At(20)), IdleFor(19), At(20));

        Assert.Equal(LineState.Settling, evaluation.State);
        Assert.Equal(At(20), evaluation.Since);
        Assert.Equal(At(31), evaluation.ExpectedIdleAt);
    }

    [Fact]
    public void Same_evidence_again_changes_nothing()
    {
        var idle = IdleFor(12);

        var again = Evaluator.Evaluate(Idle(At(12)), idle, At(12));

        Assert.Equal(idle with { Conditions = default }, again with { Conditions = default });
        Assert.Equal(idle.Conditions, again.Conditions);
    }

    [Fact]
    public void Always_on_line_is_active_for_ever()
    {
        var line = LineScene.Line with { Idle = null };

        var evaluation = new LineEvaluator(line, LineScene.Plant).Evaluate(LineEvidence.None, null, Start);

        Assert.Equal(LineState.Active, evaluation.State);
        Assert.Equal("L is always on: it is never idle.", evaluation.Reason);
    }

    [Fact]
    public void Report_carries_the_evaluation()
    {
        var report = IdleFor(12).ToReport("S", "g", "boot", 7, TimeSpan.FromSeconds(5));

        Assert.Equal(LineState.Idle, report.State);
        Assert.Equal(5_000, report.ValidForMs);
        Assert.Equal(20, report.ClockOffsetMs);
        Assert.Equal(At(12), report.ProvenUntil);
        Assert.Equal(4, report.Conditions.Length);
        Assert.Equal(ConditionGroup.Proof, report.Conditions[^1].Group);
        Assert.All(report.Conditions, condition => Assert.Equal(0, condition.AgeMs));
    }

    [Fact]
    public void Held_token_is_told_only_while_nothing_about_it_is_in_doubt()
    {
        const string Tag = "L/HeldToken";
        var evaluator = new LineEvaluator(LineScene.Line with { HeldTokenTag = Tag }, LineScene.Plant);
        LineEvidence With(TagEvidence evidence) => Idle(At(1)) with { Tags = new Dictionary<string, TagEvidence>(Idle(At(1)).Tags) { [Tag] = evidence } };

        Assert.Contains(Tag, evaluator.Tags);
        Assert.Equal(17, evaluator.Evaluate(With(Good(TagValue.Of(17.0), At(1))), null, At(1)).ToReport("S", "g", "b", 1, TimeSpan.FromSeconds(5)).HeldToken);
        Assert.Equal(0, evaluator.Evaluate(With(Good(TagValue.Of(0.0), At(1))), null, At(1)).HeldToken);
        Assert.Null(evaluator.Evaluate(Idle(At(1)), null, At(1)).HeldToken);
        Assert.Null(evaluator.Evaluate(With(Good(TagValue.Of(1.5), At(1))), null, At(1)).HeldToken);
        Assert.Null(evaluator.Evaluate(With(Good(TagValue.Of("17"), At(1))), null, At(1)).HeldToken);
        Assert.Null(evaluator.Evaluate(With(Good(TagValue.Of(17.0), At(1)) with { Quality = EvidenceQuality.Bad, QualityName = "Bad" }), null, At(1)).HeldToken);
        Assert.Null(evaluator.Evaluate(With(Good(TagValue.Of(17.0), At(-10))), null, At(1)).HeldToken);
    }
}
