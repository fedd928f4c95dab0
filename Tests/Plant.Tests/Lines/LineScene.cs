using System.Collections.Immutable;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Model;

namespace PatchEdge.Plant.Tests.Lines;

/// <summary>A line with one PackML unit, and evidence for it that can be bent.</summary>
internal static class LineScene
{
    public const string StateTag = "L/U.StateCurrent";
    public const string BatchTag = "L/BatchId";
    public const string SpeedTag = "L/U.Speed";

    public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static readonly ImmutableArray<string> Tags = [StateTag, BatchTag, SpeedTag];

    public static PlantModel Plant { get; } = Model("10s");

    public static Line Line { get; } = Plant.Lines.Single();

    public static LineEvaluator Evaluator { get; } = new(Line, Plant);

    /// <summary>Everything says idle, proven up to the moment, covered since the start.</summary>
    public static LineEvidence Idle(DateTimeOffset at) => new(
        new Dictionary<string, TagEvidence>
        {
            [StateTag] = Good(TagValue.Of(4), at),
            [BatchTag] = Good(TagValue.Of(""), at),
            [SpeedTag] = Good(TagValue.Of(0.0), at),
        },
        new Dictionary<string, ServerEvidence> { ["plc"] = new() { State = "Running", ProvenUntil = at, ClockOffset = TimeSpan.FromMilliseconds(20) } });

    public static TagEvidence Good(TagValue value, DateTimeOffset provenUntil) => new()
    {
        Server = "plc",
        Value = value,
        Quality = EvidenceQuality.Good,
        QualityName = "Good",
        SourceTime = Start - TimeSpan.FromHours(1),
        ProvenUntil = provenUntil,
        CoveredSince = Start - TimeSpan.FromHours(1),
    };

    public static LineEvidence With(this LineEvidence evidence, string tag, Func<TagEvidence, TagEvidence> change) =>
        evidence with { Tags = new Dictionary<string, TagEvidence>(evidence.Tags) { [tag] = change(evidence.Tags[tag]) } };

    public static LineEvidence With(this LineEvidence evidence, string tag, TagValue value) => evidence.With(tag, known => known with { Value = value });

    public static LineEvidence WithServer(this LineEvidence evidence, Func<ServerEvidence, ServerEvidence> change) =>
        evidence with { Servers = new Dictionary<string, ServerEvidence> { ["plc"] = change(evidence.Servers["plc"]) } };

    /// <summary>Evaluates once a second, evidence fresh each time, for so many seconds from the start.</summary>
    public static LineEvaluation IdleFor(int seconds)
    {
        LineEvaluation? evaluation = null;
        for (var second = 0; second <= seconds; second++)
            evaluation = Evaluator.Evaluate(Idle(At(second)), evaluation, At(second));
        return evaluation!;
    }

    public static DateTimeOffset At(double seconds) => Start + TimeSpan.FromSeconds(seconds);

    public static PlantModel Model(string dwell) => PlantFile.Parse(
        $$"""
        site: S
        defaults: { security: "None:None", nodes: "nsu=urn:x;s=", dwell: {{dwell}} }
        servers: { plc: { url: "opc.tcp://plc:4840" } }
        gateways: { g: }
        areas:
          A:
            lines:
              L:
                servers: [plc]
                batch: BatchId
                units: { U: { profile: packml, tags: { StateCurrent: , Speed: } } }
                tags: { BatchId: }
                idle: { no-batch: ["BatchId == ''"], no-motion: ["U.Speed < 0.5"] }
        """,
        "plant.yaml");
}
