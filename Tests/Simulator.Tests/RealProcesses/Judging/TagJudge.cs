using PatchEdge.Simulator.Recording;

namespace PatchEdge.Simulator.Tests.RealProcesses.Judging;

/// <summary>Compares one tag's record with its truth: moment by moment, and value by value.</summary>
internal sealed class TagJudge
{
    private readonly string tag;
    private readonly DateTime start;
    private readonly DateTime end;
    private readonly List<string> defects;
    private readonly List<ProducedValue> produced;
    private readonly List<JournaledValue> journaled;
    private readonly List<UncoveredPart> parts;
    private readonly List<TrueSpan> spans;
    private readonly List<(DateTime From, DateTime To)> wrong = [];

    public TagJudge(PlantRecord record, GatewayAccount account, string server, string tag, DateTime start, DateTime end, List<string> defects)
    {
        (this.tag, this.start, this.end, this.defects) = (tag, start, end, defects);
        produced = [.. record.Values.Where(value => value.Server == server && value.Tag == tag)];
        journaled = [.. account.Values[tag]];
        parts = [.. account.Parts[tag].OrderBy(part => part.Start)];
        spans = new TrueSpans(record, account.Values, server, tag, end).Find();
    }

    public RealJudgement Judge()
    {
        var worst = CompareMoments();
        var lost = CompareValues();
        var due = spans.Where(span => span.IsDue && span.From < end && span.To > start).ToList();
        var found = due.Where(span => !wrong.Exists(stretch => stretch.From < span.To && span.From < stretch.To)).ToList();
        var right = parts.Where(part => !wrong.Exists(stretch => stretch.From < part.End && part.Start < stretch.To)).ToList();
        var accidents = right.Count(part => !spans.Exists(span => !span.IsAccident && Touches(span, part)));
        return new RealJudgement(
            due.Count, found.Count, parts.Count, right.Count, accidents, produced.Count(IsJudged), lost, journaled.Where(value => value.Backfilled).DistinctBy(value => value.Time).Count(), worst, []);
    }

    private static bool Touches(TrueSpan span, UncoveredPart part) => span.MayFrom <= part.End && part.Start <= span.MayTo && span.Causes.Contains(part.Cause);

    private bool IsJudged(ProducedValue value) => value.Time >= start && value.Time < end;

    /// <summary>Cuts time where record or truth change, and measures each stretch in which they disagree.</summary>
    /// <returns>The longest that is allowed.</returns>
    private TimeSpan CompareMoments()
    {
        var edges = new SortedSet<DateTime> { start, end };
        edges.UnionWith(spans.SelectMany(span => new[] { span.From ?? start, span.To ?? start, span.MayFrom, span.MayTo }).Concat(parts.SelectMany(part => new[] { part.Start, part.End }))
            .Where(at => at > start && at < end));
        var (worst, began, words) = (TimeSpan.Zero, (DateTime?)null, new HashSet<string>());
        foreach (var from in edges)
        {
            var objection = from == end ? null : Objection(from);
            if (objection is not null)
            {
                began ??= from;
                words.Add(objection);
                continue;
            }

            if (from - began > RealJudgement.Allowance)
            {
                defects.Add($"{tag}: {began:HH:mm:ss.fff}–{from:HH:mm:ss.fff}: {string.Join("; ", words)}");
                wrong.Add((began!.Value, from));
            }
            else if (from - began > worst)
            {
                worst = from - began!.Value;
            }

            began = null;
            words.Clear();
        }

        return worst;
    }

    /// <summary>What is wrong with the record at a moment; null when nothing is.</summary>
    private string? Objection(DateTime at)
    {
        var part = parts.Find(part => part.Start <= at && at < part.End);
        var must = spans.Where(span => span.Must(at)).ToList();
        var may = spans.Where(span => span.May(at)).ToList();
        if (part is null)
            return must.Count == 0 ? null : "missed " + string.Join(" and ", must);
        return must.Concat(may).Any(span => span.Causes.Contains(part.Cause)) ? null
            : must.Count + may.Count == 0 ? $"invented {part}"
            : $"{part} instead of {string.Join(" or ", must.Concat(may).Distinct())}";
    }

    /// <summary>Each value is on record, or in a gap that nothing repaired; and nothing else is on record.</summary>
    /// <returns>How many are not on record.</returns>
    private int CompareValues()
    {
        var held = journaled.ToLookup(value => value.Time);
        var lost = 0;
        foreach (var value in produced.Where(IsJudged))
        {
            if (held[value.Time].Any())
            {
                if (held[value.Time].FirstOrDefault(same => same.Text != value.Value.ToString() || same.Status.Code != value.Status.Code) is { } same)
                    defects.Add($"{tag}: value {value.Sequence} of {value.Time:HH:mm:ss.fff} was {value.Value} ({value.Status}) and is on record as {same.Text} ({same.Status})");
                continue;
            }

            lost++;
            if (!parts.Exists(part => !part.Repaired && value.Time >= part.Start - RealJudgement.Allowance && value.Time <= part.End + RealJudgement.Allowance))
                defects.Add($"{tag}: value {value.Sequence} of {value.Time:HH:mm:ss.fff} is in no journal, and its moment counts as {(parts.Exists(part => part.Start <= value.Time && value.Time < part.End) ? "repaired" : "observed")}");
        }

        var known = produced.Select(value => value.Time).ToHashSet();
        foreach (var strange in journaled.Where(value => !known.Contains(value.Time)).Take(5))
            defects.Add($"{tag}: {strange.Text} of {strange.Time:HH:mm:ss.fff} is on record and was never produced");
        return lost;
    }
}
