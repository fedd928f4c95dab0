using PatchEdge.Gateway.Continuity.Report;
using PatchEdge.Gateway.Tests.Truth.Model;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Tests.Truth.Oracle;

/// <summary>One tag: the record's parts against the true gaps, moment by moment.</summary>
internal sealed class Comparison
{
    private readonly ScenarioPlan plan;
    private readonly TruthLog truth;
    private readonly int tag;
    private readonly CoverageReport report;
    private readonly List<TrueGap> gaps;
    private readonly IReadOnlySet<int> journaled;
    private readonly long end;
    private readonly List<(long Start, long End, GapCause Cause, bool Repaired)> parts;
    private readonly List<(long Start, long End)> wrong = [];

    public Comparison(ScenarioPlan plan, TruthLog truth, int tag, CoverageReport report, List<TrueGap> gaps, IReadOnlySet<int> journaled, long end)
    {
        (this.plan, this.truth, this.tag, this.report, this.gaps, this.journaled, this.end) = (plan, truth, tag, report, gaps, journaled, end);
        parts = [.. report.Uncovered.Select(part => (Since(part.Range.Start), Since(part.Range.End), part.Cause, part.Repaired))];
    }

    /// <param name="defects">Receives what is wrong.</param>
    /// <param name="causes">Receives how many gaps of each cause were found.</param>
    public Judgement Judge(ICollection<string> defects, Dictionary<GapCause, int> causes)
    {
        var worst = CompareMoments(defects);
        var lost = CheckLostValues(defects);
        CheckRepairs(defects);
        var due = gaps.Where(gap => !gap.IsOptional && gap.MayFrom < gap.MayTo && gap.From < end && !truth.Repeated.Exists(span => gap.To >= span.From && gap.From <= span.To)).ToList();
        foreach (var gap in due.Where(gap => !IsFound(gap)))
            defects.Add($"{report.Tag}: missed {gap}");
        var right = parts.Count(part => !wrong.Exists(span => span.Start < part.End && part.Start < span.End) && gaps.Exists(gap => part.Start < gap.MayTo + 1 && gap.MayFrom <= part.End));
        foreach (var part in parts.Where(part => !gaps.Exists(gap => part.Start < gap.MayTo + 1 && gap.MayFrom <= part.End)))
            defects.Add($"{report.Tag}: invented {part.Cause} {part.Start}–{part.End}");
        foreach (var cause in due.Where(IsFound).Select(gap => gap.Cause))
            causes[cause] = causes.GetValueOrDefault(cause) + 1;
        return new Judgement(due.Count, due.Count(gap => IsFound(gap) && !wrong.Exists(span => span.Start < gap.To && gap.From < span.End)), parts.Count, right, lost, worst) { Plan = plan };
    }

    /// <summary>Cuts time where record or truth change, and measures each stretch in which they disagree.</summary>
    /// <returns>The longest that is within one publishing interval.</returns>
    private long CompareMoments(ICollection<string> defects)
    {
        var edges = new SortedSet<long> { 0, end };
        foreach (var at in gaps.SelectMany(gap => new[] { gap.From, gap.To, gap.MayFrom, gap.MayTo }).Concat(parts.SelectMany(part => new[] { part.Start, part.End }))
            .Concat(truth.Repeated.SelectMany(span => new[] { span.From, span.To })).Where(at => at > 0 && at < end))
            edges.Add(at);
        var (worst, began, words) = (0L, -1L, "");
        foreach (var (from, to) in edges.Zip(edges.Skip(1)).Append((end, end)))
        {
            var objection = from == end ? null : Objection(from);
            if (objection is not null)
            {
                if (began < 0)
                    began = from;
                if (!words.Contains(objection, StringComparison.Ordinal))
                    words += (words.Length > 0 ? "; " : "") + objection;
                continue;
            }

            if (began >= 0 && from - began > plan.PublishingMs)
            {
                defects.Add($"{report.Tag}: {began}–{from} ({from - began} ms): {words}");
                wrong.Add((began, from));
            }
            else if (began >= 0)
            {
                worst = Math.Max(worst, from - began);
            }

            (began, words) = (-1, "");
        }

        return worst;
    }

    /// <summary>What is wrong with the record at a moment; null when nothing is.</summary>
    private string? Objection(long at)
    {
        // What happened when the clock showed this for the first time and what happened the second time cannot be told apart.
        if (truth.Repeated.Exists(span => at >= span.From && at < span.To))
            return null;
        var part = parts.Find(part => at >= part.Start && at < part.End);
        var reported = part.End > part.Start ? part.Cause : (GapCause?)null;
        var must = gaps.Where(gap => gap.Must(at)).ToList();
        var may = gaps.Where(gap => gap.May(at)).ToList();
        if (must.Count == 0)
        {
            return reported is null || may.Exists(gap => gap.Cause == reported) ? null
                : may.Count > 0 ? $"{reported} instead of {string.Join(" or ", may.Select(gap => gap.Cause))}"
                : $"invented {reported}";
        }

        var first = must.Min(gap => gap.Layer);
        var right = must.Concat(may).Where(gap => gap.Layer <= first).Select(gap => gap.Cause).Distinct().ToList();
        return reported is null ? $"missed {string.Join(" or ", right)}" : right.Contains(reported.Value) ? null : $"{reported} instead of {string.Join(" or ", right)}";
    }

    /// <summary>A gap counts as found when some part of the record around it gives its cause, or one that goes before it.</summary>
    private bool IsFound(TrueGap gap) => parts.Exists(part => part.Start <= gap.MayTo && gap.MayFrom <= part.End
        && (part.Cause == gap.Cause || gaps.Exists(other => other.Layer <= gap.Layer && other.Cause == part.Cause && other.MayFrom <= gap.MayTo && gap.MayFrom <= other.MayTo + plan.PublishingMs)));

    /// <summary>Whoever has the record must be able to rely on it: each value that did not arrive lies in a gap that nothing repaired, or within one publishing interval of it.</summary>
    public int CheckLostValues(ICollection<string> defects)
    {
        var lost = truth.Produced[tag].Where(value => value.Wall < end - plan.PublishingMs && !journaled.Contains(value.Number)).ToList();
        foreach (var value in lost)
        {
            if (truth.Repeated.Exists(span => value.Wall >= span.From - plan.PublishingMs && value.Wall < span.To + plan.PublishingMs))
                continue;
            // A server that stood still while nobody was connected to it tells of that to nobody, then or later.
            var server = tag / PlantTag.Kinds.Length;
            if (truth.Hung.Exists(span => span.Server == server && value.Wall >= span.From && value.Wall < span.To)
                && truth.Blind.Exists(blind => blind.Server == server && blind.Cause == GapCause.ConnectionLost && value.Wall >= blind.From && value.Wall < blind.To))
                continue;
            if (!parts.Exists(part => !part.Repaired && value.Wall >= part.Start - plan.PublishingMs && value.Wall <= part.End + plan.PublishingMs))
                defects.Add($"{report.Tag}: value {value.Number} of {value.Wall} never arrived, and the record {(parts.Exists(part => value.Wall >= part.Start && value.Wall < part.End) ? "calls its moment repaired" : "calls its moment observed")}");
        }

        return lost.Count;
    }

    /// <summary>Where everything was had in the end, and nothing else was the matter, the record says so.</summary>
    private void CheckRepairs(ICollection<string> defects)
    {
        foreach (var blind in truth.Blind.Where(blind => blind.Server == tag / PlantTag.Kinds.Length && blind is { Cause: GapCause.ConnectionLost, IsRepaired: true } && blind.To < end))
        {
            bool Near(long from, long to) => from <= blind.To + plan.LateMs && to >= blind.From - plan.PublishingMs;
            if (gaps.Exists(gap => Near(gap.MayFrom, gap.MayTo) && (gap.From, gap.MayTo) != (blind.From, blind.To))
                || truth.Repeated.Exists(span => Near(span.From, span.To)) || truth.Produced[tag].Exists(value => Near(value.Wall, value.Wall) && !journaled.Contains(value.Number)))
                continue;
            foreach (var part in parts.Where(part => part.Cause == blind.Cause && part.Start < blind.To && part.End > blind.From && !part.Repaired))
                defects.Add($"{report.Tag}: {part.Start}–{part.End} was repaired, and the record does not say so");
        }
    }

    private long Since(DateTimeOffset time) => (long)(time - truth.Zero).TotalMilliseconds;
}
