using System.Collections.Immutable;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Plant.Lines;

/// <summary>What the sources of one tag together prove at one moment. Pure.</summary>
/// <remarks>
/// A source in doubt is covered by one that proves something; two that prove opposite things prove nothing. Cover is joined: where one
/// source took over before the other ended, no change can have been missed, and the dwell goes on.
/// </remarks>
/// <param name="Evidence">The first source that proves something, with the joined cover; the preferred source when none does.</param>
/// <param name="Contradiction">Which sources prove opposite things, in an operator's words; null when none do.</param>
/// <param name="Agrees">Every source that proves something has the same value.</param>
/// <param name="Cover">For the next call; null when no source proves anything.</param>
internal readonly record struct SourceMerge(TagEvidence Evidence, string? Contradiction, bool Agrees, TagCover? Cover)
{
    /// <param name="sources">Evidence of each source, in order of preference; not empty.</param>
    /// <param name="checks">The conditions over this tag.</param>
    /// <param name="doubt">Why a source proves nothing now; null when it does.</param>
    /// <param name="before">The cover that the last call gave; null when there was none.</param>
    public static SourceMerge Of(ImmutableArray<TagEvidence> sources, IReadOnlyCollection<ConditionCheck> checks, Func<TagEvidence, string?> doubt, TagCover? before)
    {
        if (sources.Length == 1)
            return new SourceMerge(sources[0], null, true, null);
        var seeing = sources.Where(source => doubt(source) is null).ToImmutableArray();
        if (seeing.IsEmpty)
            return new SourceMerge(sources[0], null, true, null);
        // A value that a condition cannot use, such as NaN, proves nothing to it either.
        var useful = seeing.FirstOrDefault(source => checks.All(check => check.Ask(source.Value).Outcome != ConditionOutcome.Doubt)) ?? seeing[0];
        var contradiction = checks.Select(check => Opposite(check, seeing)).FirstOrDefault(found => found is not null);
        var cover = Join(seeing, before);
        return new SourceMerge(useful with { CoveredSince = cover.Since }, contradiction, seeing.All(source => source.Value == useful.Value), cover);
    }

    private static string? Opposite(ConditionCheck check, ImmutableArray<TagEvidence> seeing)
    {
        var yes = seeing.FirstOrDefault(source => check.Ask(source.Value).Outcome == ConditionOutcome.Holds);
        var no = seeing.FirstOrDefault(source => check.Ask(source.Value).Outcome == ConditionOutcome.Fails);
        return yes is null || no is null ? null
            : $"redundant servers contradict each other: {check.Tag} is {check.Describe(yes.Value)} at {yes.Server} and {check.Describe(no.Value)} at {no.Server}";
    }

    private static TagCover Join(ImmutableArray<TagEvidence> seeing, TagCover? before)
    {
        var since = seeing.Min(source => source.CoveredSince);
        var until = seeing.Max(source => source.ProvenUntil);
        return before is { } known && seeing.Any(source => source.CoveredSince <= known.Until) && known.Since < since
            ? new TagCover(known.Since, until)
            : new TagCover(since, until);
    }
}

/// <summary>A span in which at least one source of a tag was watched at every moment, UTC.</summary>
internal readonly record struct TagCover(DateTimeOffset Since, DateTimeOffset Until);
