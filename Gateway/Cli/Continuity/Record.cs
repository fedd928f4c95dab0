using PatchEdge.Gateway.Continuity.Report;
using PatchEdge.Gateway.Continuity.Runs;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Time;

namespace PatchEdge.Gateway.Cli.Continuity;

/// <summary>The journals of all gateways that a report is about, as one record.</summary>
internal sealed class Record : IDisposable
{
    private readonly List<RecordedJournal> journals = [];

    private Record()
    {
    }

    public IEnumerable<string> Tags => journals.SelectMany(journal => journal.Tags).Distinct(StringComparer.Ordinal);

    /// <summary>From the first attestation of any to the end of the last.</summary>
    public TimeRange Attested
    {
        get
        {
            var spans = journals.Select(journal => journal.Attested).OfType<TimeRange>().ToList();
            return spans.Count > 0 ? new TimeRange(spans.Min(span => span.Start), spans.Max(span => span.End))
                : throw new UsageException("Nothing is attested there yet: a gateway attests for the first time after some seconds. Say --from and --to to see what that leaves.");
        }
    }

    /// <exception cref="UsageException">None was named, two are of one gateway, or they are of different sites.</exception>
    public static Record Open(IReadOnlyCollection<string> directories)
    {
        if (directories.Count == 0)
            throw new UsageException("Name a gateway with --config DIR, or its data with --journal DIR; both may be given again.");
        var record = new Record();
        try
        {
            foreach (var directory in directories)
                record.Add(new RecordedJournal(directory));
            return record;
        }
        catch
        {
            record.Dispose();
            throw;
        }
    }

    public IReadOnlyList<RunSpan> Runs(string run)
    {
        var spans = journals.SelectMany(journal => journal.Runs(run)).Distinct().ToList();
        if (spans.Count > 0)
            return spans;
        var latest = journals.SelectMany(journal => journal.LatestRuns()).OrderByDescending(span => span.Start).Select(span => span.Run).Distinct().Take(5).ToList();
        throw new UsageException($"No line was held for a run '{run}'; " + (latest.Count > 0 ? "the latest here are " + string.Join(", ", latest) + "." : "no run is recorded here at all."));
    }

    /// <summary>When a batch was on its lines, as every gateway saw it.</summary>
    /// <exception cref="UsageException">No gateway ever saw it.</exception>
    public IReadOnlyList<LineSpan> Batches(string batch)
    {
        var found = journals.Select(journal => journal.Batches(batch, fault => Console.Error.WriteLine(Printable.Line($"{journal.Gateway}: {fault}; it is left out.")))).ToList();
        var spans = found.SelectMany(batches => batches.Spans).ToList();
        if (spans.Count > 0)
            return spans;
        var latest = found.SelectMany(batches => batches.LatestNamed).Distinct().Take(5).ToList();
        throw new UsageException($"No gateway here saw a batch '{Printable.Line(batch)}'; " + (latest.Count > 0 ? $"the latest are {Printable.Line(string.Join(", ", latest))}." : "none is recorded here at all."));
    }

    /// <summary>Where the chains do not hold, with the gateway's name.</summary>
    public IReadOnlyList<string> Faults(TimeRange span) => [.. journals.SelectMany(journal => journal.Faults(span).Select(fault => $"{journal.Gateway}: {fault}"))];

    public IReadOnlyList<SourceAccount> Accounts(string tag, TimeRange span) => [.. journals.SelectMany(journal => journal.Accounts(tag, span))];

    public IEnumerable<RecordedValue> Values(IReadOnlySet<string> tags, TimeRange span, Action<string> damaged) =>
        journals.SelectMany(journal => journal.Values(tags, span, damaged));

    public void Dispose()
    {
        foreach (var journal in journals)
            journal.Dispose();
    }

    private void Add(RecordedJournal journal)
    {
        journals.Add(journal);
        if (journals.FirstOrDefault(other => other != journal && other.Gateway == journal.Gateway) is { } twin)
            throw new UsageException($"{twin.Directory} and {journal.Directory} are both of gateway {journal.Gateway}: name one of them.");
        if (journals[0].Site != journal.Site)
            throw new UsageException($"{journal.Directory} is of site {journal.Site}, {journals[0].Directory} of site {journals[0].Site}: one report is about one site.");
    }
}
