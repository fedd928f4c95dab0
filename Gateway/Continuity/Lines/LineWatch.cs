using System.Collections.Immutable;
using PatchEdge.Gateway.Acquisition;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;

namespace PatchEdge.Gateway.Continuity.Lines;

/// <summary>Keeps one line's state: gathers the evidence for its conditions, evaluates, and says when there is something to report.</summary>
internal sealed class LineWatch
{
    /// <summary>The state is written to the record this often even when nothing changes.</summary>
    private static readonly TimeSpan RecordPace = TimeSpan.FromMinutes(1);

    private readonly LineEvaluator evaluator;
    private readonly ImmutableArray<(string Tag, ImmutableArray<int> Sources)> tags;
    private readonly SourceTable table;
    private readonly string essence;
    private LineEvaluation? last;
    private LineReport? reported;
    private LineReport? recorded;
    private long sequence;

    /// <param name="line">The line.</param>
    /// <param name="plant">The plant.</param>
    /// <param name="table">What is watched.</param>
    /// <param name="before">The watch of the same line under the plant file before this one: numbers go on, and where nothing about the line changed so does its dwell.</param>
    public LineWatch(Line line, PlantModel plant, SourceTable table, LineWatch? before = null)
    {
        this.table = table;
        Line = line;
        essence = LineEssence.Of(line, plant);
        sequence = before?.sequence ?? 0;
        LoggedState = before?.LoggedState;
        if (before is not null && before.essence == essence)
            last = before.last is { } evaluation ? evaluation with { ConfigurationHash = plant.Hash } : null;
        evaluator = new LineEvaluator(line, plant);
        tags = [.. evaluator.Tags.Select(tag => (tag, table.SourcesOfTag.TryGetValue(tag, out var sources) ? sources : []))];
    }

    public Line Line { get; }

    /// <summary>Sources whose readings change what it concludes.</summary>
    public IEnumerable<int> Sources => tags.SelectMany(tag => tag.Sources);

    public LineState? State => last?.State;

    /// <summary>The state that the log was told of.</summary>
    public LineState? LoggedState { get; set; }

    /// <summary>Whether this gateway watches anything of the line; if not, it has nothing to say about it.</summary>
    public bool IsWatched => tags.Length == 0 ? table.Tags.Any(tag => tag.Line == Line.Name) : tags.Any(tag => tag.Sources.Length > 0);

    /// <summary>Evaluates on what is known now.</summary>
    public void Evaluate(ContinuityFold fold, LatestValue?[] values, ServerFacts[] servers)
    {
        var now = fold.Now.ToDateTimeOffset();
        var known = new Dictionary<string, TagEvidence>(tags.Length, StringComparer.Ordinal);
        Dictionary<string, ImmutableArray<TagEvidence>>? redundant = null;
        foreach (var (tag, sources) in tags)
        {
            if (Best(sources, fold, values) is not { } best || Evidence(best, fold, values[best]) is not { } evidence)
                continue;
            known[tag] = evidence;
            if (sources.Length > 1 && Further(sources, best, fold, values) is { IsEmpty: false } further)
                (redundant ??= new Dictionary<string, ImmutableArray<TagEvidence>>(StringComparer.Ordinal))[tag] = further;
        }

        var involved = new Dictionary<string, ServerEvidence>(StringComparer.Ordinal);
        foreach (var evidence in known.Values.Concat(redundant?.Values.SelectMany(further => further) ?? []))
        {
            var facts = servers[table.Map.Servers.IndexOf(evidence.Server)];
            involved[evidence.Server] = new ServerEvidence
            {
                State = facts.State,
                ProvenUntil = (facts.StateReadAt ?? default).ToDateTimeOffset(),
                ClockOffset = facts.ClockOffset,
            };
        }

        var all = new LineEvidence(known, involved);
        last = evaluator.Evaluate(redundant is null ? all : all with { Redundant = redundant }, last, now);
    }

    /// <summary>Gives a report when its content changed or the pace asks for one, else null.</summary>
    /// <param name="who">Site, gateway and boot for the message.</param>
    /// <param name="pace">Longest time between two reports.</param>
    /// <param name="validity">How long it may be relied on.</param>
    /// <param name="record">Whether it also belongs in the record: the state or batch changed, or a minute has passed.</param>
    public LineReport? Report((string Site, string Gateway, string Boot) who, TimeSpan pace, TimeSpan validity, out bool record)
    {
        record = false;
        if (last is null || (reported is not null && last.At - reported.At < pace && !Differs(last, reported)))
            return null;
        var report = last.ToReport(who.Site, who.Gateway, who.Boot, ++sequence, validity);
        reported = report;
        record = recorded is null || recorded.State != report.State || recorded.Batch != report.Batch || report.At - recorded.At >= RecordPace;
        if (record)
            recorded = report;
        return report;
    }

    private static bool Differs(LineEvaluation now, LineReport before) =>
        now.State != before.State || now.Batch != before.Batch || now.HeldToken != before.HeldToken || now.Conditions.Length != before.Conditions.Length
        || now.Conditions.Zip(before.Conditions).Any(pair => pair.First.Outcome != pair.Second.Outcome);

    /// <summary>Of redundant sources the first that proves something now, else the first that ever did.</summary>
    private static int? Best(ImmutableArray<int> sources, ContinuityFold fold, LatestValue?[] values)
    {
        int? fallback = null;
        foreach (var source in sources)
        {
            if (values[source] is null)
                continue;
            if (fold[source].Open is null)
                return source;
            fallback ??= source;
        }

        return fallback;
    }

    private ImmutableArray<TagEvidence> Further(ImmutableArray<int> sources, int best, ContinuityFold fold, LatestValue?[] values) =>
        [.. sources.Where(source => source != best).Select(source => Evidence(source, fold, values[source])).OfType<TagEvidence>()];

    private TagEvidence? Evidence(int source, ContinuityFold fold, LatestValue? value)
    {
        if (value is not { } latest || fold.ProvenUntil(source) is not { } proven)
            return null;
        ref readonly var state = ref fold[source];
        return new TagEvidence
        {
            Server = table.Map.Servers[table.ServerOf(source)],
            Value = latest.Value,
            Quality = latest.Quality,
            QualityName = latest.Status.SymbolicName,
            SourceTime = latest.SourceTime == DateTime.MinValue ? null : new DateTimeOffset(latest.SourceTime, TimeSpan.Zero),
            ProvenUntil = proven.ToDateTimeOffset(),
            // While a gap is open nothing is covered: its cover begins, at the earliest, now.
            CoveredSince = (state.Open is null ? state.UnbrokenSince : fold.Now).ToDateTimeOffset(),
        };
    }
}
