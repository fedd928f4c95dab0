using CsCheck;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;
using static PatchEdge.Plant.Tests.Lines.LineScene;

namespace PatchEdge.Plant.Tests.Lines;

/// <summary>What holds for every history, however tags, quality, coverage, servers and the pace of evaluation behave.</summary>
[Trait("Req", "promise-1")]
public sealed class LineEvaluatorProperties
{
    /// <summary>One moment of a history: time since the one before, and what is bent about the evidence.</summary>
    private sealed record Moment(double Pause, int Tag, int Bend, double Amount);

    private static readonly Gen<Moment[]> Histories = Gen.Select(
            Gen.Frequency((50, Gen.Double[0.1, 1.5]), (1, Gen.Double[4, 8]), (1, Gen.Double[-1, 0])), Gen.Int[0, 2],
            Gen.Frequency((40, Gen.Const(0)), (2, Gen.Int[1, 10]), (1, Gen.Const(4))), Gen.Double[0, 8])
        .Select((pause, tag, bend, amount) => new Moment(pause, tag, bend, amount))
        .Array[1, 80];

    [Fact]
    public void Histories_reach_every_state()
    {
        var reached = new int[4];
        Histories.Sample(history =>
        {
            foreach (var (_, evaluation, _) in Run(history))
                Interlocked.Increment(ref reached[(int)evaluation.State]);
        });

        Assert.All(reached, count => Assert.True(count > 10));
    }

    [Fact]
    public void Idle_only_with_every_tag_good_fresh_and_covered_for_the_dwell() => Histories.Sample(history =>
    {
        foreach (var (evidence, evaluation, now) in Run(history))
        {
            if (evaluation.State != LineState.Idle)
                continue;
            foreach (var tag in Tags)
            {
                var known = evidence.Tags[tag];
                Assert.Equal(EvidenceQuality.Good, known.Quality);
                Assert.InRange(known.ProvenUntil, now - Line.EvidenceAge, now);
                Assert.True(known.ProvenUntil - known.CoveredSince >= Line.Dwell);
            }

            Assert.Equal("Running", evidence.Servers["plc"].State);
            Assert.True(evidence.Servers["plc"].ClockOffset!.Value.Duration() <= Line.ClockOffset);
        }
    });

    [Fact]
    public void Idle_only_after_every_evaluation_of_a_whole_dwell_held() => Histories.Sample(history =>
    {
        DateTimeOffset? holding = null;
        DateTimeOffset? last = null;
        foreach (var (_, evaluation, now) in Run(history))
        {
            var holds = evaluation.Conditions.All(condition => condition.Outcome == ConditionOutcome.Holds) && last is null | now >= last;
            holding = !holds ? null : holding is null || now - last > Line.EvidenceAge ? now : holding;
            if (evaluation.State == LineState.Idle)
                Assert.True(now - holding >= Line.Dwell);
            last = now;
        }
    });

    [Fact]
    public void Doubt_dominates_and_failure_comes_next() => Histories.Sample(history =>
    {
        foreach (var (_, evaluation, _) in Run(history))
        {
            if (evaluation.Conditions.Any(condition => condition.Outcome == ConditionOutcome.Doubt))
                Assert.Equal(LineState.Unknown, evaluation.State);
            else if (evaluation.Conditions.Any(condition => condition.Outcome == ConditionOutcome.Fails))
                Assert.True(evaluation.State is LineState.Active or LineState.Unknown);
            Assert.Equal(evaluation.State is LineState.Settling or LineState.Idle, evaluation.HoldsSince is not null);
            Assert.NotEmpty(evaluation.Reason);
        }
    });

    [Fact]
    public void Dwell_never_moves_back_and_since_never_lies_ahead() => Histories.Sample(history =>
    {
        LineEvaluation? previous = null;
        foreach (var (_, evaluation, now) in Run(history))
        {
            if (previous?.HoldsSince is { } before && evaluation.HoldsSince is { } after)
                Assert.True(after >= before);
            Assert.True(evaluation.Since <= now);
            Assert.True(evaluation.HoldsSince is null || evaluation.HoldsSince <= now);
            previous = evaluation;
        }
    });

    [Fact]
    public void Evaluating_the_same_moment_twice_changes_nothing() => Histories.Sample(history =>
    {
        foreach (var (evidence, evaluation, now) in Run(history))
        {
            var again = Evaluator.Evaluate(evidence, evaluation, now);
            if (evaluation.Reason.Contains("clock went back", StringComparison.Ordinal))
                continue;
            Assert.Equal(evaluation with { Conditions = default }, again with { Conditions = default });
            Assert.Equal(evaluation.Conditions, again.Conditions);
        }
    });

    private static IEnumerable<(LineEvidence Evidence, LineEvaluation Evaluation, DateTimeOffset Now)> Run(Moment[] history)
    {
        LineEvaluation? evaluation = null;
        var now = Start;
        foreach (var moment in history)
        {
            now += TimeSpan.FromSeconds(moment.Pause);
            var evidence = Bend(Idle(now), moment, now);
            evaluation = Evaluator.Evaluate(evidence, evaluation, now);
            yield return (evidence, evaluation, now);
        }
    }

    private static LineEvidence Bend(LineEvidence evidence, Moment moment, DateTimeOffset now)
    {
        var tag = Tags[moment.Tag];
        var amount = TimeSpan.FromSeconds(moment.Amount);
        return moment.Bend switch
        {
            1 => evidence.With(tag, known => known with { Quality = EvidenceQuality.Bad, QualityName = "BadTimeout" }),
            2 => evidence.With(tag, known => known with { Quality = EvidenceQuality.Uncertain, QualityName = "UncertainLastUsableValue" }),
            3 => evidence.With(tag, TagValue.Null),
            4 => evidence.With(tag, TagValue.Of(moment.Amount * 3)),
            5 => evidence.With(tag, known => known with { ProvenUntil = now - amount }),
            6 => evidence.With(tag, known => known with { CoveredSince = now - amount }),
            7 => evidence.WithServer(server => server with { ClockOffset = amount }),
            8 => evidence.WithServer(server => server with { State = "Failed" }),
            9 => evidence.WithServer(server => server with { ProvenUntil = now - amount }),
            10 => evidence.With(tag, TagValue.Of(double.NaN)),
            _ => evidence,
        };
    }
}
