using CsCheck;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Repair;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Tests.Continuity;

/// <summary>The identity that everything rests on: for every source, what is observed, repaired and missing add up to the span, in milliseconds, whatever happens.</summary>
public sealed class ContinuityPropertyTests
{
    private static readonly Gen<(ContinuityEventKind Kind, int Index, int Status, int Step, int SourceLag)> Events =
        Gen.Select(
            Gen.Int[0, Enum.GetValues<ContinuityEventKind>().Length - 1].Select(number => (ContinuityEventKind)number), Gen.Int[0, 4], Gen.Int[0, 3], Gen.Frequency((8, Gen.Int[0, 1500]), (1, Gen.Int[0, 20_000])), Gen.Int[-500, 3000]);

    [Fact]
    [Trait("Req", "Every moment is accounted for")]
    public void Gaps_of_a_source_partition_its_span_under_random_events() => Events.List[1, 200].Sample(
        events =>
        {
            var fixture = new FoldFixture();
            var now = 0L;
            foreach (var (kind, index, status, step, lag) in events)
            {
                now += step;
                fixture.Apply(
                    new ContinuityEvent(kind)
                    {
                        Source = index,
                        Subscription = index % 3,
                        Server = index % 2,
                        Status = new StatusCode[] { StatusCodes.Good, StatusCodes.BadNoCommunication, StatusCodes.UncertainInitialValue, 0x480u }[status],
                        SourceTime = FoldFixture.At(now - lag),
                        Published = FoldFixture.At(now - Math.Max(0, lag)),
                    },
                    now);
                for (var source = 0; source < FoldFixture.Map.Sources.Length; source++)
                    Hold(fixture, source);
            }
        },
        iter: 300);

    [Fact]
    public void Rows_of_each_minute_add_up_to_the_minute_and_agree_with_the_gaps_in_the_end() => Events.List[1, 150].Sample(
        events =>
        {
            var changes = new List<GapChange>();
            var fold = new ContinuityFold(FoldFixture.Map, FoldFixture.Zero, _ => null, _ => false, changes);
            var windows = new CoverageWindows([.. FoldFixture.Map.Sources.Select(_ => FoldFixture.Zero)], [.. FoldFixture.Map.Sources.Select(_ => true)], FoldFixture.Zero);
            var rows = new Dictionary<(int, long), CoverageRow>();
            var gaps = new Dictionary<string, GapChange>();
            var due = new List<CoverageRow>();
            var now = 0L;
            void Advance(ContinuityEvent change)
            {
                fold.Apply(change, FoldFixture.At(now), changes);
                Take();
                windows.Report(fold.Now, due);
                foreach (var row in due)
                    rows[(row.Source, row.Start.UnixMilliseconds)] = row;
                due.Clear();
            }

            // What history proves of a gap that is over: some of it, from anywhere to anywhere.
            void Repair(int seed)
            {
                var over = gaps.Values.Where(told => told.Gap is { End: not null, Repair: GapRepair.None }).OrderBy(told => told.Gap.Id, StringComparer.Ordinal).ToList();
                if (over.Count == 0)
                    return;
                var found = over[Math.Abs(seed) % over.Count];
                var gap = found.Gap;
                var (start, end) = (Moment.Of(gap.Start), Moment.Of(gap.End!.Value));
                var length = (end - start).TotalMilliseconds;
                var points = new[] { 0.9, 0.2, 0.6, 0.4 }.Select(part => start + TimeSpan.FromMilliseconds(Math.Floor(length * part))).Order().Select((at, index) => new StoredPoint(at, index != 1)).ToList();
                var verdict = HistoryProof.Judge(start, end, new HistoryAnswer { Points = points, ServerStarted = default(Moment), ReachesPresent = seed % 3 == 0 }, null);
                foreach (var part in GapParts.Divide(gap, verdict))
                    changes.Add(new GapChange(found.Source, part));
                Take();
            }

            void Take()
            {
                foreach (var told in changes)
                {
                    gaps[told.Gap.Id] = told;
                    windows.Apply(told);
                }

                changes.Clear();
            }

            Take();
            foreach (var (kind, index, status, step, lag) in events)
            {
                now += step;
                Advance(new ContinuityEvent(kind)
                {
                    Source = index,
                    Subscription = index % 3,
                    Server = index % 2,
                    Status = status == 0 ? StatusCodes.Good : StatusCodes.BadNoCommunication,
                    SourceTime = FoldFixture.At(now - lag),
                    Published = FoldFixture.At(now - Math.Max(0, lag)),
                });
                if (lag % 3 == 0)
                    Repair(lag);
            }

            now += 70_000;
            Advance(new ContinuityEvent(ContinuityEventKind.Tick));
            foreach (var row in rows.Values)
            {
                Assert.Equal(60_000, row.ObservedMs + row.BackfilledMs + row.GapMs);
                var end = row.Start + CoverageWindows.Length;
                double Within(Func<Gap, bool> which) => gaps.Values.Where(gap => gap.Source == row.Source && which(gap.Gap)).Sum(gap =>
                {
                    var from = Moment.Later(Moment.Of(gap.Gap.Start), row.Start);
                    var until = Moment.Earlier(gap.Gap.End is { } ended ? Moment.Of(ended) : end, end);
                    return until > from ? (until - from).TotalMilliseconds : 0;
                });
                Assert.Equal(Within(gap => gap.Repair == GapRepair.None), row.GapMs);
                Assert.Equal(Within(gap => gap.Repair != GapRepair.None), row.BackfilledMs);
            }
        },
        iter: 200);

    private static void Hold(FoldFixture fixture, int source)
    {
        var gaps = fixture.GapsOf(source);
        var state = fixture.Fold[source];
        var cursor = 0L;
        foreach (var (_, start, end, _) in gaps)
        {
            Assert.True(start >= cursor, "gaps of one source overlap");
            cursor = end ?? start;
            Assert.True(cursor >= start);
        }

        Assert.Equal(state.Open is not null ? 1 : 0, gaps.Count(gap => gap.End is null));
        if (state.Open is null)
        {
            // Observed from the end of the last gap; the fold's own account says the same.
            Assert.Equal(cursor, state.UnbrokenSince.UnixMilliseconds - FoldFixture.Zero.UnixMilliseconds);
        }
        else
        {
            Assert.Equal(cursor, state.GapStart.UnixMilliseconds - FoldFixture.Zero.UnixMilliseconds);
        }
    }
}
