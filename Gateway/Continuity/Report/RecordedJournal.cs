using System.Collections.Immutable;
using PatchEdge.Gateway.Continuity.Runs;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Journal.Blocks;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Time;

namespace PatchEdge.Gateway.Continuity.Report;

/// <summary>One gateway's journal as a reader of the record sees it: its own or a copy, in use or not.</summary>
internal sealed class RecordedJournal : IDisposable
{
    private const int MostBytes = 4 * 1024 * 1024;

    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

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

    /// <summary>When a batch was on its lines.</summary>
    /// <param name="batch">As the plant names it.</param>
    /// <param name="damaged">Told of each entry that cannot be read, and left out.</param>
    public BatchSpans Batches(string batch, Action<string> damaged)
    {
        var spans = new BatchSpans(batch);
        foreach (var entry in reader.OfKind(JournalKind.Lines, (id, reason) => damaged($"entry {id}: {reason}")))
            try
            {
                spans.Take(entry);
            }
            catch (JournalException exception)
            {
                damaged(exception.Message);
            }

        return spans;
    }

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

    /// <summary>Every value of some tags whose source time lies in a span, in the order in which the journal took them; an entry that is damaged is told and passed over.</summary>
    public IEnumerable<RecordedValue> Values(IReadOnlySet<string> tags, TimeRange span, Action<string> damaged)
    {
        var wanted = reader.Sources().Where(source => tags.Contains(source.Value.Tag)).ToDictionary();
        // A value is journaled within a minute of its time, or later when it was read from history.
        var from = reader.Scalar("SELECT min(id) FROM entry WHERE at >= $1", (span.Start - Margin).ToUnixTimeMilliseconds());
        while (reader.Read(from, MostBytes, (entry, reason) => damaged($"{Gateway}: entry {entry}: {reason}")) is { Count: > 0 } entries)
        {
            foreach (var entry in entries.Where(entry => entry.Kind is JournalKind.Readings or JournalKind.Backfilled))
                foreach (var value in Values(entry, wanted, span))
                    yield return value;
            from = entries[^1].Id + 1;
        }
    }

    public void Dispose() => reader.Dispose();

    private List<RecordedValue> Values(JournalEntry entry, Dictionary<int, (string Tag, string Server)> wanted, TimeRange span)
    {
        var values = new List<RecordedValue>();
        var cursor = new ReadingBlockCursor(entry.Body);
        while (cursor.MoveNext())
            if (wanted.TryGetValue(cursor.Source, out var source) && cursor.Value.SourceTimestamp is var at && at >= span.Start.UtcDateTime && at < span.End.UtcDateTime)
                values.Add(new RecordedValue(source.Tag, Gateway, source.Server, cursor.Value, cursor.Head.Received, entry.Kind == JournalKind.Backfilled));
        return values;
    }

    /// <summary>Attestations speak for the tags that were configured, and nobody opens a gap for those that were not yet.</summary>
    private Gap Before(string tag, string server, DateTimeOffset start, Moment first) => new()
    {
        Id = "", Tag = tag, Line = "", Gateway = Gateway, Server = server, Cause = GapCause.ConfiguredNotMonitored, Start = start, End = first.ToDateTimeOffset(), Detail = "not watched yet",
    };
}
