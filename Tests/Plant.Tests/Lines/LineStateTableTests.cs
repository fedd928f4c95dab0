using PatchEdge.Plant.Lines;
using static PatchEdge.Plant.Tests.Lines.LineScene;

namespace PatchEdge.Plant.Tests.Lines;

/// <summary>Every state against every event is decided on purpose: the table that people read says what the program concludes.</summary>
public sealed class LineStateTableTests
{
    private static readonly TagValue Execute = TagValue.Of(6);

    private static readonly Dictionary<string, Func<LineEvaluation, LineEvaluation>> Events = new()
    {
        ["Doubt"] = before => Evaluator.Evaluate(Doubted(Next(before)), before, Next(before)),
        ["DoubtBesideFalse"] = before => Evaluator.Evaluate(Doubted(Next(before)).With(StateTag, Execute), before, Next(before)),
        ["ConditionFalse"] = before => Evaluator.Evaluate(Idle(Next(before)).With(StateTag, Execute), before, Next(before)),
        ["EverythingHolds"] = before => Evaluator.Evaluate(Idle(Next(before)), before, Next(before)),
        ["DwellOver"] = before => Pass(before, 11, proven: 11),
        ["DwellOverUnproven"] = before => Pass(before, 4, proven: 1),
        ["LongPause"] = before => Evaluator.Evaluate(Idle(before.At.AddMinutes(1)), before, before.At.AddMinutes(1)),
        ["ClockBack"] = before => Evaluator.Evaluate(Idle(before.At.AddSeconds(-1)), before, before.At.AddSeconds(-1)),
        ["OtherConfiguration"] = before => new LineEvaluator(LineScene.Model("11s").Lines.Single(), LineScene.Model("11s")).Evaluate(Idle(Next(before)), before, Next(before)),
        ["Restart"] = before => Evaluator.Evaluate(Idle(Next(before)), null, Next(before)),
    };

    private static readonly Dictionary<(LineState, string), LineState> Written = Read();

    public static TheoryData<LineState, string> Cells => [.. from state in Enum.GetValues<LineState>() from happened in Events.Keys select (state, happened)];

    [Theory]
    [MemberData(nameof(Cells))]
    public void Cell_is_as_written(LineState state, string happened)
    {
        var before = In(state);
        Assert.Equal(state, before.State);

        Assert.Equal(Written[(state, happened)], Events[happened](before).State);
    }

    [Fact]
    public void Table_has_every_cell_once() => Assert.Equal(Cells.Count, Written.Count);

    private static LineEvaluation In(LineState state) => state switch
    {
        LineState.Unknown => Evaluator.Evaluate(LineEvidence.None, null, Start),
        LineState.Active => Evaluator.Evaluate(Idle(Start).With(StateTag, Execute), null, Start),
        LineState.Settling => IdleFor(3),
        _ => IdleFor(10),
    };

    private static DateTimeOffset Next(LineEvaluation before) => before.At.AddSeconds(1);

    private static LineEvidence Doubted(DateTimeOffset at) => Idle(at).With(SpeedTag, known => known with { Quality = EvidenceQuality.Bad, QualityName = "BadNoCommunication" });

    private static LineEvaluation Pass(LineEvaluation before, int seconds, int proven)
    {
        var from = before.At;
        for (var second = 1; second <= seconds; second++)
            before = Evaluator.Evaluate(Idle(from.AddSeconds(Math.Min(second, proven))), before, from.AddSeconds(second));
        return before;
    }

    private static Dictionary<(LineState, string), LineState> Read()
    {
        var rows = File.ReadAllLines(RepositoryFile.PathOf("Plant/Lines/LineStates.md"))
            .Where(line => line.StartsWith('|')).Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries)).ToList();
        var states = rows[0][1..].Select(Enum.Parse<LineState>).ToArray();
        return rows.Skip(2).SelectMany(row => states.Select((state, place) => (Key: (state, row[0]), Value: Enum.Parse<LineState>(row[place + 1]))))
            .ToDictionary(cell => cell.Key, cell => cell.Value);
    }
}
