using PatchEdge.Gateway.Options;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Time;

namespace PatchEdge.Gateway.Cli.Continuity;

/// <summary>What a report is asked about; at most one of the three.</summary>
internal sealed record Selection(string? Tag, string? Line, string? Run)
{
    /// <exception cref="UsageException">More than one was named.</exception>
    public void Check()
    {
        if ((Tag is null ? 0 : 1) + (Line is null ? 0 : 1) + (Run is null ? 0 : 1) > 1)
            throw new UsageException("--tag, --line and --run: choose one.");
    }

    /// <summary>The span that a run implies, over all lines that it held; null when no run was asked for.</summary>
    public TimeRange? Span(Record record)
    {
        if (Run is null)
            return null;
        var spans = record.Runs(Run);
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
        if (Run is null && Line is null)
        {
            var critical = watched.Where(tag => tag.Critical).Select(tag => tag.Name).ToList();
            return critical.Count > 0 ? critical : throw new UsageException(
                configurations.Count == 0 ? "Which tags are critical stands in a plant file: name it with --config, or name a --tag, --line or --run." : "No tag is critical: name one with --tag, or a --line or --run.");
        }

        var lines = Run is not null ? record.Runs(Run).Select(span => span.Line).ToHashSet() : [Line!];
        // A tag that is not configured any more tells its line by its name alone.
        List<string> chosen = [.. watched.Where(tag => lines.Contains(tag.Line)).Select(tag => tag.Name).Union(recorded.Where(name => lines.Contains(LineOf(name)))).Order(StringComparer.Ordinal)];
        var known = watched.Select(tag => tag.Line).Union(recorded.Select(LineOf)).Distinct().Order(StringComparer.Ordinal).ToList();
        return chosen.Count > 0 ? chosen : throw new UsageException(
            Line is not null ? $"No gateway here watches a tag of a line '{Line}': {Nearest.Hint(Line, known)}" : $"No gateway here watches a tag of {string.Join(", ", lines)}.");
    }

    private static string LineOf(string tag) => tag.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash ? tag[..slash] : tag;
}
