using System.Collections.Immutable;
using CsCheck;
using PatchEdge.Scheduler.Continuity;

namespace PatchEdge.Scheduler.Tests.Continuity;

public sealed class CoverageAccountTests
{
    private const int Length = 200;
    private static readonly ImmutableArray<TagSource> Sources = [new("a", "s"), new("b", "s")];

    /// <summary>Counted millisecond by millisecond.</summary>
    [Fact]
    [Trait("Req", "coverage adds up")]
    public void Parts_add_up_and_are_those_of_a_count_by_hand() => Gen.Select(Gaps, Attestations).Sample(
        (gaps, attestations) =>
        {
            var tag = Assert.Single(CoverageAccount.Of([("T", "L", Sources)], 0, Length, gaps, attestations));

            var (observed, backfilled, dark) = (0L, 0L, 0L);
            for (var at = 0; at < Length; at++)
            {
                var states = Sources.Select(source => State(source, at)).ToList();
                if (states.Contains('o'))
                    observed++;
                else if (states.Contains('r'))
                    backfilled++;
                else
                    dark++;
            }

            Assert.Equal((observed, backfilled, dark), (tag.ObservedMs, tag.BackfilledMs, tag.GapMs));
            Assert.Equal(Length, tag.ObservedMs + tag.BackfilledMs + tag.GapMs);

            char State(TagSource source, int at)
            {
                var own = gaps.Where(gap => gap.Gateway == source.Gateway && Covers(gap.Start, gap.End, at)).ToList();
                return own.Any(gap => gap.Repair == "None") || !attestations.Any(item => item.Gateway == source.Gateway && Covers(item.Start, item.End, at)) ? 'g'
                    : own.Count > 0 ? 'r' : 'o';
            }
        },
        iter: 300);

    [Fact]
    public void Tag_without_sources_is_covered_by_nothing() =>
        Assert.Equal(Length, Assert.Single(CoverageAccount.Of([("T", "L", [])], 0, Length, [], [])).GapMs);

    private static Gen<(int Start, int End)> Span => Gen.Select(Gen.Int[-20, Length + 20], Gen.Int[0, 90], (start, length) => (start, start + length));

    private static Gen<StoredGap[]> Gaps => Gen.Select(Span, Gen.OneOf(Gen.Const("a"), Gen.Const("b")), Gen.OneOf(Gen.Const("None"), Gen.Const("Republished"), Gen.Const("Backfilled")), Gen.Bool, (span, gateway, repair, open) => new StoredGap
    {
        Id = "", Tag = "T", Line = "L", Gateway = gateway, Server = "s", Cause = "ConnectionLost", Start = Time(span.Start), End = open && repair == "None" ? null : Time(span.End), Repair = repair, Detail = "",
    }).Array[0, 6];

    private static Gen<StoredAttestation[]> Attestations => Gen.Select(Span, Gen.OneOf(Gen.Const("a"), Gen.Const("b")), (span, gateway) => new StoredAttestation
    {
        Gateway = gateway, Sequence = 1, Start = Time(span.Start), End = Time(span.End), Body = "",
    }).Array[0, 8];

    private static bool Covers(DateTimeOffset start, DateTimeOffset? end, int at) => start <= Time(at) && (end is null || Time(at) < end);

    private static DateTimeOffset Time(int milliseconds) => DateTimeOffset.UnixEpoch.AddMilliseconds(milliseconds);
}
