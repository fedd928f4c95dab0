using System.Collections.Immutable;
using PatchEdge.Gateway.Continuity.Runs;
using PatchEdge.Gateway.Journal;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Time;

namespace PatchEdge.Gateway.Continuity.Report;

/// <summary>One gateway's journal as a reader of the record sees it: its own or a copy, in use or not.</summary>
internal sealed class RecordedJournal : IDisposable
{
    private readonly JournalReader reader;
    private readonly Dictionary<string, List<(string Server, Moment? Since)>> sources = new(StringComparer.Ordinal);
    private (TimeRange Span, ImmutableArray<TimeRange> Ranges)? attested;

    /// <exception cref="JournalException">There is no journal.</exception>
    public RecordedJournal(string directory)
    {
        reader = new JournalReader(directory);
        (Directory, Site, Gateway) = (directory, reader.Meta("site"), reader.Meta("gateway"));
        var since = reader.WatchedSince();
        foreach (var (id, (tag, server)) in reader.Sources())
        {
            if (!sources.TryGetValue(tag, out var list))
                sources[tag] = list = [];
            list.Add((server, since.TryGetValue(id, out var at) ? at : null));
        }
    }

    public string Directory { get; }

    public string Site { get; }

    public string Gateway { get; }

    /// <summary>Every tag that this gateway ever watched.</summary>
    public IReadOnlyCollection<string> Tags => sources.Keys;

    /// <summary>From the first attestation to the end of the last one; null when there is none.</summary>
    public TimeRange? Attested => reader.Scalar("SELECT max(\"end\") FROM attestation") is > 0 and var end
        ? new TimeRange(DateTimeOffset.FromUnixTimeMilliseconds(reader.Scalar("SELECT min(start) FROM attestation")), DateTimeOffset.FromUnixTimeMilliseconds(end))
        : null;

    public ImmutableArray<RunSpan> Runs(string run) => reader.Runs("run = $1 ORDER BY start", run);

    public ImmutableArray<RunSpan> LatestRuns() => reader.Runs("TRUE ORDER BY start DESC LIMIT 5");

    /// <summary>Where the chain of attestations does not hold within a span.</summary>
    public ImmutableArray<string> Faults(TimeRange span)
    {
        var chain = reader.Attestations(span.Start, span.End);
        attested = (span, [.. chain.Attestations.Select(attestation => new TimeRange(attestation.Start, attestation.End))]);
        return chain.Faults;
    }

    /// <summary>What is recorded of a tag, one account for each server at which it was ever watched.</summary>
    public IEnumerable<SourceAccount> Accounts(string tag, TimeRange span)
    {
        if (!sources.TryGetValue(tag, out var servers))
            yield break;
        if (attested?.Span != span)
            Faults(span);
        var gaps = reader.Gaps("tag = $1 AND start < $2 AND (\"end\" IS NULL OR \"end\" > $3)", tag, span.End.ToUnixTimeMilliseconds(), span.Start.ToUnixTimeMilliseconds());
        foreach (var (server, since) in servers)
        {
            var own = gaps.Where(gap => gap.Server == server).ToList();
            if (since is { } first && first.ToDateTimeOffset() > span.Start)
                own.Add(Before(tag, server, span.Start, first));
            yield return new SourceAccount(attested!.Value.Ranges, own);
        }
    }

    public void Dispose() => reader.Dispose();

    /// <summary>Attestations speak for the tags that were configured, and nobody opens a gap for those that were not yet.</summary>
    private Gap Before(string tag, string server, DateTimeOffset start, Moment first) => new()
    {
        Id = "", Tag = tag, Line = "", Gateway = Gateway, Server = server, Cause = GapCause.ConfiguredNotMonitored, Start = start, End = first.ToDateTimeOffset(), Detail = "not watched yet",
    };
}
