using System.Collections.Immutable;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;

namespace PatchEdge.Plant.Lines;

/// <summary>Decides what can be said about a line: evidence, the previous evaluation and a moment in, the next evaluation out.</summary>
/// <remarks>
/// Pure: reads no clock and keeps nothing. Call it after every reading of a tag in the rule, in order, and at least every
/// <see cref="Line.EvidenceAge"/>: a longer pause could hide a change and starts the dwell anew. Any doubt makes the line
/// <see cref="LineState.Unknown"/>, even when another condition is false on good evidence: who doubts one thing should not rely on the
/// rest, and neither state ever releases anything; the reason then names both. Idle needs evidence that covers the whole dwell, so a
/// line becomes idle with the first proof that arrives after the dwell, not with the passing of time alone.
/// </remarks>
public sealed class LineEvaluator
{
    private readonly Line line;
    private readonly string hash;
    private readonly ImmutableArray<(ConditionGroup Group, ConditionCheck Check)> checks;

    public LineEvaluator(Line line, PlantModel plant)
    {
        this.line = line;
        hash = plant.Hash;
        checks =
        [
            .. (line.Idle?.All ?? []).Select(entry =>
                (entry.Group, new ConditionCheck(entry.Condition, entry.Condition is StateCondition state ? plant.Profile(state.Profile) : null))),
        ];
        Tags = [.. checks.Select(entry => entry.Check.Tag).Append(line.BatchTag).Append(line.HeldTokenTag).OfType<string>().Distinct()];
    }

    /// <summary>Names of the tags that <see cref="Evaluate"/> looks at.</summary>
    public ImmutableArray<string> Tags { get; }

    /// <param name="evidence">What is known now.</param>
    /// <param name="previous">What this method returned last in this process; null at the start.</param>
    /// <param name="now">UTC by the gateway's clock; not before any evidence in sequence.</param>
    public LineEvaluation Evaluate(LineEvidence evidence, LineEvaluation? previous, DateTimeOffset now)
    {
        if (previous is not null && (previous.ConfigurationHash != hash || previous.Line != line.Name))
            previous = null;
        (evidence, var merges) = MergeSources(evidence, previous, now);
        var reports = ImmutableArray.CreateBuilder<ConditionReport>();
        foreach (var (group, check) in checks)
            reports.Add(ReportTag(group, check, evidence, merges.GetValueOrDefault(check.Tag)?.Contradiction, now));
        foreach (var server in ServersOf(evidence))
            reports.Add(ReportServer(server, evidence, now));
        var clockWentBack = previous is not null && now < previous.At;
        var conditions = KeepSince(reports, clockWentBack ? null : previous, now);

        var doubts = conditions.Where(condition => condition.Outcome == ConditionOutcome.Doubt).Select(condition => condition.Reason).ToList();
        if (clockWentBack)
            doubts.Insert(0, "the gateway's clock went back");
        var failures = conditions.Where(condition => condition.Outcome == ConditionOutcome.Fails).Select(condition => condition.Reason).ToList();

        var provenUntil = ProvenUntil(evidence);
        var holdsSince = doubts.Count + failures.Count == 0 && checks.Length > 0 ? HoldsSince(evidence, previous, now) : (DateTimeOffset?)null;
        var state = State(doubts.Count, failures.Count, holdsSince, provenUntil);
        var since = previous is not null && previous.State == state && !clockWentBack ? previous.Since : now;
        return new LineEvaluation
        {
            Line = line.Name,
            ConfigurationHash = hash,
            At = now,
            State = state,
            Since = since,
            HoldsSince = holdsSince,
            ExpectedIdleAt = state == LineState.Settling ? holdsSince + line.Dwell : null,
            ProvenUntil = provenUntil,
            Batch = merges.GetValueOrDefault(line.BatchTag ?? "") is { Agrees: false } ? null : Batch(evidence, now),
            HeldToken = merges.GetValueOrDefault(line.HeldTokenTag ?? "") is { Agrees: false } ? null : HeldToken(evidence, now),
            Reason = Reason(state, doubts, failures, holdsSince, since),
            Conditions = conditions,
            ClockOffset = LargestOffset(evidence),
            Covers = merges.Where(merge => merge.Value?.Cover is not null).ToImmutableDictionary(merge => merge.Key, merge => merge.Value!.Value.Cover!.Value),
        };
    }

    /// <summary>Gives each tag of several sources one evidence; what they could not agree on is told beside it.</summary>
    private (LineEvidence Evidence, IReadOnlyDictionary<string, SourceMerge?> Merges) MergeSources(LineEvidence evidence, LineEvaluation? previous, DateTimeOffset now)
    {
        if (evidence.Redundant.Count == 0)
            return (evidence, ImmutableDictionary<string, SourceMerge?>.Empty);
        var tags = new Dictionary<string, TagEvidence>(evidence.Tags, StringComparer.Ordinal);
        var merges = new Dictionary<string, SourceMerge?>(StringComparer.Ordinal);
        foreach (var (tag, further) in evidence.Redundant)
        {
            if (!tags.TryGetValue(tag, out var preferred))
                continue;
            var before = previous is not null && previous.Covers.TryGetValue(tag, out var known) ? known : (TagCover?)null;
            var merge = SourceMerge.Of(
                further.Insert(0, preferred), [.. checks.Select(entry => entry.Check).Where(check => check.Tag == tag)],
                source => DoubtAbout(tag, source, now) ?? DoubtAboutServer(source.Server, evidence.Servers.GetValueOrDefault(source.Server), now), before);
            tags[tag] = merge.Evidence;
            merges[tag] = merge;
        }

        return (evidence with { Tags = tags }, merges);
    }

    private LineState State(int doubts, int failures, DateTimeOffset? holdsSince, DateTimeOffset? provenUntil) =>
        line.Idle is null ? LineState.Active
        : doubts > 0 ? LineState.Unknown
        : failures > 0 ? LineState.Active
        : holdsSince is null ? LineState.Unknown
        : provenUntil - holdsSince >= line.Dwell ? LineState.Idle
        : LineState.Settling;

    /// <summary>The later of when all conditions were first seen to hold without interruption, and when the youngest coverage began.</summary>
    private DateTimeOffset HoldsSince(LineEvidence evidence, LineEvaluation? previous, DateTimeOffset now)
    {
        var since = previous?.HoldsSince is { } held && now - previous.At <= line.EvidenceAge ? held : now;
        foreach (var (_, check) in checks)
            if (evidence.Tags[check.Tag].CoveredSince is var covered && covered > since)
                since = covered;
        return since;
    }

    private ConditionReport ReportTag(ConditionGroup group, ConditionCheck check, LineEvidence evidence, string? contradiction, DateTimeOffset now)
    {
        var known = evidence.Tags.GetValueOrDefault(check.Tag);
        var answer = contradiction is not null ? ConditionAnswer.Doubt(contradiction)
            : known is null
            ? ConditionAnswer.Doubt($"there is no reading of {check.Tag} yet")
            : DoubtAbout(check.Tag, known, now) is { } doubt ? ConditionAnswer.Doubt(doubt) : check.Ask(known.Value);
        return new ConditionReport
        {
            Group = group,
            Text = check.Text,
            Tag = check.Tag,
            Outcome = answer.Outcome,
            Value = known is null || known.Value.Kind == TagValueKind.Null ? null : check.Describe(known.Value),
            Quality = known?.QualityName,
            SourceTime = known?.SourceTime,
            AgeMs = (now - known?.ProvenUntil)?.TotalMilliseconds,
            Reason = answer.Reason,
        };
    }

    /// <summary>Why the evidence proves nothing now, whatever its value; null when it does prove it.</summary>
    private string? DoubtAbout(string tag, TagEvidence known, DateTimeOffset now) =>
        known.Quality != EvidenceQuality.Good ? $"{tag} reads {known.QualityName}"
        : known.ProvenUntil > now || known.CoveredSince > now ? $"evidence for {tag} lies in the future: a clock stepped"
        : now - known.ProvenUntil > line.EvidenceAge ? $"the newest proof of {tag} is {Seconds(now - known.ProvenUntil)} old, more than {Durations.Format(line.EvidenceAge)}"
        : known.CoveredSince > known.ProvenUntil ? $"{tag} is not watched without a break"
        : known.SourceTime > now + line.ClockOffset ? $"the source time of {tag} lies {Seconds(known.SourceTime.Value - now)} in the future: its clock is wrong"
        : null;

    private ConditionReport ReportServer(string server, LineEvidence evidence, DateTimeOffset now)
    {
        var known = evidence.Servers.GetValueOrDefault(server);
        var doubt = DoubtAboutServer(server, known, now);
        return new ConditionReport
        {
            Group = ConditionGroup.Proof,
            Text = $"server {server} Running, its clock within {Durations.Format(line.ClockOffset)}",
            Tag = server,
            Outcome = doubt is null ? ConditionOutcome.Holds : ConditionOutcome.Doubt,
            Value = known?.State is null ? null : known.ClockOffset is { } clock ? $"{known.State}, clock off by {Seconds(clock)}" : known.State,
            AgeMs = (now - known?.ProvenUntil)?.TotalMilliseconds,
            Reason = doubt ?? "",
        };
    }

    private string? DoubtAboutServer(string server, ServerEvidence? known, DateTimeOffset now) =>
        known?.State is null ? $"the state of server {server} is not known"
        : known.State != "Running" ? $"server {server} is {known.State}, not Running"
        : known.ProvenUntil > now ? $"evidence for server {server} lies in the future: a clock stepped"
        : now - known.ProvenUntil > line.EvidenceAge ? $"the newest proof that server {server} is Running is {Seconds(now - known.ProvenUntil)} old, more than {Durations.Format(line.EvidenceAge)}"
        : known.ClockOffset is not { } offset ? $"the clock of server {server} has not been compared lately"
        : offset.Duration() > line.ClockOffset ? $"the clock of server {server} is off by {Seconds(offset)}, more than {Durations.Format(line.ClockOffset)}"
        : null;

    private static ImmutableArray<ConditionReport> KeepSince(IEnumerable<ConditionReport> reports, LineEvaluation? previous, DateTimeOffset now) =>
    [
        .. reports.Select(report => report with
        {
            Since = previous?.Conditions.FirstOrDefault(before => before.Group == report.Group && before.Text == report.Text) is { } before && before.Outcome == report.Outcome
                ? before.Since
                : now,
        }),
    ];

    private IEnumerable<string> ServersOf(LineEvidence evidence) =>
        checks.Select(entry => evidence.Tags.GetValueOrDefault(entry.Check.Tag)?.Server).OfType<string>().Distinct();

    private DateTimeOffset? ProvenUntil(LineEvidence evidence)
    {
        DateTimeOffset? earliest = null;
        foreach (var (_, check) in checks)
        {
            if (!evidence.Tags.TryGetValue(check.Tag, out var known))
                return null;
            earliest = earliest is null || known.ProvenUntil < earliest ? known.ProvenUntil : earliest;
        }

        return earliest;
    }

    private TimeSpan? LargestOffset(LineEvidence evidence)
    {
        TimeSpan? largest = null;
        foreach (var server in ServersOf(evidence))
        {
            if (evidence.Servers.GetValueOrDefault(server)?.ClockOffset is not { } offset)
                return null;
            largest = largest is null || offset.Duration() > largest.Value.Duration() ? offset : largest;
        }

        return largest;
    }

    /// <summary>The batch tag's value, when nothing about it or its server is in doubt.</summary>
    private string? Batch(LineEvidence evidence, DateTimeOffset now) => Proven(line.BatchTag, evidence, now) is { } value ? value.Text ?? value.ToString() : null;

    /// <summary>The token that the controller shows, when nothing about it or its server is in doubt.</summary>
    private long? HeldToken(LineEvidence evidence, DateTimeOffset now) =>
        Proven(line.HeldTokenTag, evidence, now)?.Number is { } number && double.IsInteger(number) && Math.Abs(number) < (1L << 53) ? (long)number : null;

    /// <summary>What this tag is proven to be now; null when there is none or anything about it is in doubt.</summary>
    private TagValue? Proven(string? tag, LineEvidence evidence, DateTimeOffset now) =>
        tag is not null && evidence.Tags.TryGetValue(tag, out var known) && known.Value.Kind != TagValueKind.Null
        && DoubtAbout(tag, known, now) is null && ReportServer(known.Server, evidence, now).Outcome == ConditionOutcome.Holds
            ? known.Value
            : null;

    private string Reason(LineState state, List<string> doubts, List<string> failures, DateTimeOffset? holdsSince, DateTimeOffset since) => state switch
    {
        _ when line.Idle is null => $"{line.Name} is always on: it is never idle.",
        LineState.Unknown when doubts.Count == 0 => $"{line.Name} has no conditions.",
        LineState.Unknown => failures.Count == 0 ? $"In doubt: {Listed(doubts)}." : $"In doubt: {Listed(doubts)}. Also not idle: {Listed(failures)}.",
        LineState.Active => $"Not idle: {Listed(failures)}.",
        LineState.Settling => $"Settling: every condition has held since {holdsSince:HH:mm:ss} UTC; idle when they have for {Durations.Format(line.Dwell)}.",
        _ => $"Idle since {since:HH:mm:ss} UTC: every condition has held on unbroken evidence since {holdsSince:HH:mm:ss} UTC.",
    };

    private static string Listed(List<string> reasons) =>
        reasons.Count <= 2 ? string.Join("; ", reasons) : $"{reasons[0]}; {reasons[1]}; and {reasons.Count - 2} more";

    private static string Seconds(TimeSpan span) => $"{span.TotalSeconds:0.0} s";
}
