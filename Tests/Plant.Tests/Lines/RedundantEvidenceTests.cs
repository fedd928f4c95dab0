using System.Collections.Immutable;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Plant.Tests.Lines;

/// <summary>One line whose tags have two sources, <c>plc</c> and <c>twin</c>: doubt is covered, contradiction is not.</summary>
[Trait("Req", "P1")]
public sealed class RedundantEvidenceTests
{
    [Fact]
    public void Dwell_goes_on_when_the_other_source_took_over_before_the_first_was_lost()
    {
        LineEvaluation? evaluation = null;
        for (var second = 0; second <= 12; second++)
        {
            // The first source is lost after the sixth second; the second one, new at the third, overlaps it.
            var now = LineScene.At(second);
            var first = LineScene.Idle(second <= 6 ? now : LineScene.At(6));
            evaluation = LineScene.Evaluator.Evaluate(Twin(second <= 6 ? first : Lost(first, now), now, known => known with { CoveredSince = LineScene.At(3) }), evaluation, now);
            Assert.Equal(second < 10 ? LineState.Settling : LineState.Idle, evaluation.State);
        }
    }

    [Fact]
    public void Dwell_begins_anew_when_nothing_was_watched_in_between()
    {
        var before = IdleFor(9);
        var now = LineScene.At(11);
        var evidence = Twin(Lost(LineScene.Idle(LineScene.At(8)), now), now, known => known with { CoveredSince = LineScene.At(10) });

        var evaluation = LineScene.Evaluator.Evaluate(evidence, before, now);

        Assert.Equal((LineState.Settling, LineScene.At(10)), (evaluation.State, evaluation.HoldsSince));
    }

    public static TheoryData<string, string, LineState> Pairs => new()
    {
        { "idle", "idle", LineState.Settling },
        { "idle", "bad", LineState.Settling },
        { "bad", "idle", LineState.Settling },
        { "idle", "stale", LineState.Settling },
        { "stale", "idle", LineState.Settling },
        { "idle", "nan", LineState.Settling },
        { "nan", "idle", LineState.Settling },
        { "idle", "stopped server", LineState.Settling },
        { "stopped server", "idle", LineState.Settling },
        { "idle", "running", LineState.Unknown },
        { "running", "idle", LineState.Unknown },
        { "running", "running", LineState.Active },
        { "running", "bad", LineState.Active },
        { "bad", "running", LineState.Active },
        { "nan", "running", LineState.Active },
        { "bad", "bad", LineState.Unknown },
        { "bad", "stale", LineState.Unknown },
        { "nan", "nan", LineState.Unknown },
        { "stopped server", "stale", LineState.Unknown },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Doubt_in_one_is_covered_by_proof_in_the_other_and_a_contradiction_is_unknown(string plc, string twin, LineState expected)
    {
        var now = LineScene.At(0);
        var evidence = Twin(Bend(LineScene.Idle(now), plc), now, known => Bend(known, twin));
        evidence = WithServers(evidence, now, plc == "stopped server", twin == "stopped server");

        var evaluation = LineScene.Evaluator.Evaluate(evidence, null, now);

        Assert.Equal(expected, evaluation.State);
        Assert.Equal((plc, twin) is ("idle", "running") or ("running", "idle"), evaluation.Reason.Contains("contradict", StringComparison.Ordinal));
    }

    [Fact]
    public void Batches_that_differ_are_not_known()
    {
        var now = LineScene.At(0);
        var active = LineScene.Idle(now).With(LineScene.SpeedTag, TagValue.Of(9.0)).With(LineScene.BatchTag, TagValue.Of("B-1"));
        LineEvidence Evidence(string batch) => active with
        {
            Redundant = new Dictionary<string, ImmutableArray<TagEvidence>> { [LineScene.BatchTag] = [LineScene.Good(TagValue.Of(batch), now) with { Server = "twin" }] },
        };

        Assert.Equal("B-1", LineScene.Evaluator.Evaluate(WithServers(Evidence("B-1"), now), null, now).Batch);
        Assert.Null(LineScene.Evaluator.Evaluate(WithServers(Evidence("B-2"), now), null, now).Batch);
    }

    private static LineEvaluation IdleFor(int seconds)
    {
        LineEvaluation? evaluation = null;
        for (var second = 0; second <= seconds; second++)
            evaluation = LineScene.Evaluator.Evaluate(LineScene.Idle(LineScene.At(second)), evaluation, LineScene.At(second));
        return evaluation!;
    }

    private static TagEvidence Bend(TagEvidence known, string how) => how switch
    {
        "running" => known with { Value = TagValue.Of(9.0) },
        "nan" => known with { Value = TagValue.Of(double.NaN) },
        "bad" => known with { Quality = EvidenceQuality.Bad, QualityName = "BadSensorFailure" },
        "stale" => known with { ProvenUntil = known.ProvenUntil - LineScene.Line.EvidenceAge - TimeSpan.FromSeconds(1) },
        _ => known,
    };

    private static LineEvidence Bend(LineEvidence evidence, string how) => evidence.With(LineScene.SpeedTag, known => Bend(known, how));

    /// <summary>An open gap: proven up to where it was lost, covered from now on at the earliest.</summary>
    private static LineEvidence Lost(LineEvidence evidence, DateTimeOffset now) =>
        LineScene.Tags.Aggregate(evidence, (bent, tag) => bent.With(tag, known => known with { CoveredSince = now }));

    /// <summary>Adds a second source of every tag, idle but for what is done to its speed.</summary>
    private static LineEvidence Twin(LineEvidence evidence, DateTimeOffset now, Func<TagEvidence, TagEvidence> bend)
    {
        var idle = LineScene.Idle(now);
        var twin = LineScene.Tags.ToDictionary(tag => tag, tag =>
        {
            var own = idle.Tags[tag] with { Server = "twin" };
            var bent = bend(own);
            return ImmutableArray.Create(tag == LineScene.SpeedTag ? bent : own with { CoveredSince = bent.CoveredSince });
        });
        return WithServers(evidence with { Redundant = twin }, now);
    }

    private static LineEvidence WithServers(LineEvidence evidence, DateTimeOffset now, bool plcStopped = false, bool twinStopped = false) => evidence with
    {
        Servers = new Dictionary<string, ServerEvidence> { ["plc"] = Server(now, plcStopped), ["twin"] = Server(now, twinStopped) },
    };

    private static ServerEvidence Server(DateTimeOffset now, bool stopped) =>
        new() { State = stopped ? "Shutdown" : "Running", ProvenUntil = now, ClockOffset = TimeSpan.FromMilliseconds(20) };
}
