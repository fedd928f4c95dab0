using PatchEdge.Gateway.Continuity.Report;
using PatchEdge.Gateway.Options;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Time;

namespace PatchEdge.Gateway.Cli.Continuity;

/// <summary>What a report is asked about; at most one of the four.</summary>
internal sealed record Selection(string? Tag, string? Line, string? Run, string? Batch)
{
    private IReadOnlyList<LineSpan>? spans;

    /// <exception cref="UsageException">More than one was named.</exception>
    public void Check()
    {
        if (new[] { Tag, Line, Run, Batch }.Count(text => text is not null) > 1)
            throw new UsageException("--tag, --line, --run and --batch: choose one.");
    }

    /// <summary>When the run held its lines, or the batch was on them; empty when neither was asked for.</summary>
    /// <exception cref="UsageException">No such run or batch is recorded.</exception>
    public IReadOnlyList<LineSpan> Spans(Record record) => spans ??=
        Run is not null ? [.. record.Runs(Run).Select(span => new LineSpan(span.Line, span.Start, span.End))]
        : Batch is not null ? record.Batches(Batch)
        : [];

    /// <summary>From the first to the last moment of the run or the batch; null when neither was asked for.</summary>
    public TimeRange? Span(Record record)
    {
        if (Spans(record) is not { Count: > 0 } spans)
            return null;
        var start = spans.Min(span => span.Start).ToDateTimeOffset();
        var end = spans.Any(span => span.End is null) ? record.Attested.End : spans.Max(span => span.End!.Value).ToDateTimeOffset();
        return new TimeRange(start, end > start ? end : start);
    }

    /// <summary>Names of the tags, in order.</summary>
    /// <param name="configurations">What the gateways watch now; without any, only the record tells, by names.</param>
    /// <param name="record">What they ever watched.</param>
    public IReadOnlyList<string> Tags(IReadOnlyList<GatewayConfiguration> configurations, Record record)
    {
        var recorded = record.Tags.Order(StringComparer.Ordinal).ToList();
        if (Tag is not null)
            return recorded.Contains(Tag) ? [Tag] : throw new UsageException($"No gateway here ever watched a tag '{Tag}': {Nearest.Hint(Tag, recorded)}");
        var watched = configurations.SelectMany(configuration => configuration.Plant.Tags.Where(tag => configuration.Table.SourcesOfTag.ContainsKey(tag.Name))).DistinctBy(tag => tag.Name).ToList();
        if (Run is null && Line is null && Batch is null)
        {
            var critical = watched.Where(tag => tag.Critical).Select(tag => tag.Name).ToList();
            return critical.Count > 0 ? critical : throw new UsageException(
                configurations.Count == 0 ? "Which tags are critical stands in a plant file: name it with --config, or name a --tag, --line, --run or --batch." : "No tag is critical: name one with --tag, or a --line, --run or --batch.");
        }

        var lines = Line is not null ? [Line] : Spans(record).Select(span => span.Line).ToHashSet();
        // A tag that is not configured any more tells its line by its name alone.
        List<string> chosen = [.. watched.Where(tag => lines.Contains(tag.Line)).Select(tag => tag.Name).Union(recorded.Where(name => lines.Contains(LineOf(name)))).Order(StringComparer.Ordinal)];
        var known = watched.Select(tag => tag.Line).Union(recorded.Select(LineOf)).Distinct().Order(StringComparer.Ordinal).ToList();
        return chosen.Count > 0 ? chosen : throw new UsageException(
            Line is not null ? $"No gateway here watches a tag of a line '{Line}': {Nearest.Hint(Line, known)}" : $"No gateway here watches a tag of {string.Join(", ", lines)}.");
    }

    private static string LineOf(string tag) => tag.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash ? tag[..slash] : tag;
}
