using PatchEdge.Gateway.Acquisition;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Model;

namespace PatchEdge.Gateway.Tests.Continuity;

/// <summary>What another plant file does to the account, while the gateway runs.</summary>
public sealed class RevisionTests
{
    private readonly List<GapChange> changes = [];
    private SourceTable table;
    private readonly ContinuityFold fold;

    public RevisionTests()
    {
        table = SourceTable.Build(Plant("A: { type: Double, longest-silence: 10s }", "B: { type: Double }"), "gw", "plant.yaml");
        fold = new ContinuityFold(table.Map, FoldFixture.Zero, _ => null, _ => false, changes);
        fold.SetKeepAlive(0, TimeSpan.FromSeconds(2));
        Tell(ContinuityEventKind.Reading, 100, source: 0);
        Tell(ContinuityEventKind.Reading, 100, source: 1);
        Tell(ContinuityEventKind.Evidence, 100);
    }

    [Fact]
    public void Item_that_is_taken_out_before_a_message_brought_its_queue_takes_the_repair_back()
    {
        Break();
        Tell(ContinuityEventKind.RecoveredByRepublish, 4_000);
        Revise(5_000, "A: { type: Double, longest-silence: 10s }");
        Assert.Equal([(GapCause.ConnectionLost, 1_000, 4_000, GapRepair.None), (GapCause.ConfigurationChange, 4_000, null, GapRepair.None)], GapsOf("L/B")[^2..]);
        Assert.Equal((GapCause.ConnectionLost, 1_000, 4_000, GapRepair.Republished), GapsOf("L/A")[^1]);
    }

    [Fact]
    public void Item_that_is_created_anew_before_a_message_brought_its_queue_takes_the_repair_back()
    {
        Break();
        Tell(ContinuityEventKind.RecoveredByRepublish, 4_000);
        Revise(5_000, "A: { type: Double, longest-silence: 10s }", "B: { type: Double, sampling: 40ms }");
        Assert.Equal([(GapCause.ConnectionLost, 1_000, 4_000, GapRepair.None), (GapCause.ConfigurationChange, 4_000, null, GapRepair.None)], GapsOf("L/B")[^2..]);
    }

    [Fact]
    public void Item_that_comes_in_a_break_is_in_no_queue_that_a_recovery_could_have()
    {
        Break();
        Revise(2_000, "A: { type: Double, longest-silence: 10s }", "B: { type: Double }", "C: { type: Double }", "D: { type: Double }");
        Revise(3_000, "A: { type: Double, longest-silence: 10s }", "B: { type: Double, sampling: 40ms }");
        Tell(ContinuityEventKind.RecoveredByTransfer, 4_000);
        Assert.Equal([(GapCause.ConnectionLost, 3_000, 4_000, GapRepair.None), (GapCause.ConfigurationChange, 4_000, null, GapRepair.None)], GapsOf("L/B")[^2..]);
    }

    [Fact]
    public void Silence_before_a_break_is_not_judged_by_a_plant_file_from_within_it()
    {
        Tell(ContinuityEventKind.Evidence, 2_000);
        Tell(ContinuityEventKind.Evidence, 4_000);
        Tell(ContinuityEventKind.Evidence, 6_000);
        Tell(ContinuityEventKind.ConnectionLost, 6_100);
        Revise(6_200, "A: { type: Double, longest-silence: 4s }", "B: { type: Double }");
        Tell(ContinuityEventKind.Tick, 6_400);
        Tell(ContinuityEventKind.RecoveredByRepublish, 7_000);
        Assert.DoesNotContain(GapsOf("L/A"), gap => gap.Cause == GapCause.SourceFrozen);
    }

    [Fact]
    public void Tag_that_was_never_watched_is_not_until_its_first_value_from_when_the_journal_knows_it()
    {
        Revise(5_000, since: 3_000, "A: { type: Double, longest-silence: 10s }", "B: { type: Double }", "C: { type: Double }");
        Tell(ContinuityEventKind.Reading, 6_000, source: table.Find("L/C", "s")!.Value);
        Assert.Equal([(GapCause.ConfiguredNotMonitored, 3_000, 6_000, GapRepair.None)], GapsOf("L/C"));
    }

    [Fact]
    public void Tag_that_an_earlier_process_watched_is_configured_again()
    {
        var step = SourceRevision.Of(table, Plant("A: { type: Double, longest-silence: 10s }", "B: { type: Double }", "C: { type: Double }"));
        fold.Revise(step, step.Added.ToHashSet(), FoldFixture.At(3_000), FoldFixture.At(5_000), changes);
        Assert.Equal([(GapCause.ConfigurationChange, 5_000, null, GapRepair.None)], GapsOf("L/C"));
    }

    private static PlantModel Plant(params string[] tags) => PlantFile.Parse(
        $$"""
        site: S
        defaults: { security: "None:None", nodes: "nsu=urn:test;s=" }
        servers:
          s: { url: "opc.tcp://127.0.0.1:1" }
        gateways:
          gw: { servers: [s] }
        areas:
          Area:
            lines:
              L:
                servers: [s]
                always-on: true
                tags:
        {{string.Join('\n', tags.Select(tag => "          " + tag))}}

        """, "plant.yaml");

    private void Break()
    {
        Tell(ContinuityEventKind.Evidence, 1_000);
        Tell(ContinuityEventKind.ConnectionLost, 1_800);
    }

    private void Revise(long at, params string[] tags) => Revise(at, since: at, tags);

    private void Revise(long at, long since, params string[] tags)
    {
        var step = SourceRevision.Of(table, Plant(tags));
        table = step.Table;
        fold.Revise(step, new HashSet<int>(), FoldFixture.At(since), FoldFixture.At(at), changes);
    }

    private void Tell(ContinuityEventKind kind, long at, int source = 0) =>
        fold.Apply(new ContinuityEvent(kind) { Source = source }, FoldFixture.At(at), changes);

    private (GapCause Cause, long Start, long? End, GapRepair Repair)[] GapsOf(string tag) =>
    [
        .. changes.Select(change => change.Gap).Where(gap => gap.Tag == tag).GroupBy(gap => gap.Id).Select(told => told.Last()).Where(gap => gap.End != gap.Start).OrderBy(gap => gap.Start)
            .Select(gap => (gap.Cause, Since(gap.Start), gap.End is { } end ? Since(end) : (long?)null, gap.Repair)),
    ];

    private static long Since(DateTimeOffset time) => time.ToUnixTimeMilliseconds() - FoldFixture.Zero.UnixMilliseconds;
}
