using System.Collections.Immutable;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Repair;

/// <summary>
/// Divides a gap by what was proven of it: each part is a gap of its own, repaired or not as a whole, so that no reader must know of parts.
/// The first keeps the gap's identity; together they cover exactly what it covered.
/// </summary>
internal static class GapParts
{
    private const string Mark = "; not repaired: ";

    public static ImmutableArray<Gap> Divide(Gap gap, HistoryVerdict verdict)
    {
        if (verdict.Proven.IsEmpty)
            return [Declare(gap, verdict.Why)];
        var parts = ImmutableArray.CreateBuilder<Gap>();
        var cursor = Moment.Of(gap.Start);
        foreach (var (start, end) in verdict.Proven)
        {
            if (start > cursor)
                parts.Add(Declare(Part(gap, cursor, start), verdict.Why));
            parts.Add(Part(gap, start, end) with { Repair = GapRepair.Backfilled, Detail = Known(gap) });
            cursor = end;
        }

        if (Moment.Of(gap.End!.Value) is var last && cursor < last)
            parts.Add(Declare(Part(gap, cursor, last), verdict.Why));
        return parts.ToImmutable();
    }

    /// <summary>The gap as it is, with the reason why it stays so.</summary>
    public static Gap Declare(Gap gap, string why) => gap with { Detail = Known(gap) + Mark + why };

    private static string Known(Gap gap) => gap.Detail.IndexOf(Mark, StringComparison.Ordinal) is >= 0 and var mark ? gap.Detail[..mark] : gap.Detail;

    private static Gap Part(Gap gap, Moment start, Moment end) => gap with
    {
        Id = GapIdentity.Of(gap.Gateway, gap.Server, gap.Tag, start, gap.Cause),
        Start = start.ToDateTimeOffset(),
        End = end.ToDateTimeOffset(),
    };
}
