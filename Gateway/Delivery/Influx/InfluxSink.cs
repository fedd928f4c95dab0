using System.Text;
using Microsoft.Extensions.Logging;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Journal;

namespace PatchEdge.Gateway.Delivery.Influx;

/// <summary>
/// Writes the journal to an InfluxDB: one request in flight, nothing dropped. Lines that the database refuses for what they are go to the
/// quarantine with its words; every other refusal is waited out.
/// </summary>
internal sealed class InfluxSink(InfluxOptions options, PointWriter points, JournalWriter journal, TimeProvider time, Random jitter, ILogger log) : ISink, IDisposable
{
    private readonly InfluxClient client = new(options, time);
    private readonly LineBuffer lines = new();
    private readonly LineBuffer probe = new();
    private readonly LineBuffer rest = new();
    private readonly List<long> entryOfLine = [];
    private InfluxDialect? dialect = options.Dialect;
    private int mostLines = options.MostLines;
    private long retries;
    private long pointsDelivered;
    private long refusedPoints;
    private volatile string? trouble;

    public const string CursorName = "influxdb";

    public string Name => CursorName;

    public string? Trouble => trouble;

    public TimeSpan Linger => options.Linger;

    public SinkCounters Counters => new(Interlocked.Read(ref pointsDelivered), Interlocked.Read(ref retries), Interlocked.Read(ref refusedPoints));

    public async Task DeliverAsync(IReadOnlyList<JournalEntry> entries, int offset, Func<SinkPosition, Task> confirmed, CancellationToken cancel)
    {
        var at = 0;
        while (at < entries.Count)
        {
            (at, offset) = Fill(entries, at, offset);
            if (lines.Lines == 0)
                continue;
            await SendAsync(0, lines.Lines, cancel).ConfigureAwait(false);
            if (at < entries.Count)
                await confirmed(new SinkPosition(entries[at].Id, offset)).ConfigureAwait(false);
        }
    }

    public void Dispose() => client.Dispose();

    /// <summary>Fills the buffer with the next batch.</summary>
    /// <returns>Where the batch after it starts.</returns>
    private (int Entry, int Offset) Fill(IReadOnlyList<JournalEntry> entries, int at, int offset)
    {
        lines.Clear();
        entryOfLine.Clear();
        bool Full() => lines.Lines >= options.MostLines || lines.Bytes >= options.MostBytes;
        while (at < entries.Count && !Full())
        {
            offset = points.Write(entries[at], offset, lines, Full);
            while (entryOfLine.Count < lines.Lines)
                entryOfLine.Add(entries[at].Id);
            if (offset < entries[at].Count)
                break;
            at++;
            offset = 0;
        }

        return (at, offset);
    }

    /// <summary>Sends lines from one index up to another, in parts that the server takes, until each is stored or set aside.</summary>
    private async Task SendAsync(int from, int until, CancellationToken cancel)
    {
        while (from < until)
        {
            var end = Math.Min(until, from + mostLines);
            var answer = await PostAsync(lines.Slice(from, end), cancel).ConfigureAwait(false);
            if (answer.Outcome == InfluxOutcome.TooLarge && end - from > 1)
            {
                mostLines = (end - from) / 2;
                continue;
            }

            if (answer.Outcome != InfluxOutcome.Accepted)
                await SetAsideAsync(from, end, answer, cancel).ConfigureAwait(false);
            else if (mostLines < options.MostLines)
                mostLines = Math.Min(options.MostLines, mostLines + (options.MostLines / 50) + 1);
            Interlocked.Add(ref pointsDelivered, end - from);
            from = end;
        }
    }

    /// <summary>Finds the lines that the database refuses by halving, and quarantines those; the others are stored on the way.</summary>
    private async Task SetAsideAsync(int from, int until, InfluxAnswer first, CancellationToken cancel)
    {
        await WaitUntilProbeAcceptedAsync(cancel).ConfigureAwait(false);
        var refused = new List<QuarantinedItem>();
        var open = new Stack<(int From, int Until, InfluxAnswer Answer)>();
        open.Push((from, until, first));
        while (open.TryPop(out var part))
        {
            if (part.Until - part.From == 1 || RefusedLines.AreAll(part.Answer.Message, part.Until - part.From))
            {
                for (var line = part.From; line < part.Until; line++)
                    refused.Add(Refused(line, part.Answer.Message));
                continue;
            }

            // Version 3 names the lines: when the rest of the part is taken without them, they were all.
            if (RefusedLines.Named(part.Answer.Message, part.Until - part.From) is { Count: > 0 } named
                && (await PostAsync(Without(part.From, part.Until, named), cancel).ConfigureAwait(false)).Outcome == InfluxOutcome.Accepted)
            {
                foreach (var (line, words) in named)
                    refused.Add(Refused(part.From + line, words));
                continue;
            }

            var middle = part.From + ((part.Until - part.From) / 2);
            foreach (var (start, end) in new[] { (middle, part.Until), (part.From, middle) })
            {
                var answer = await PostAsync(lines.Slice(start, end), cancel).ConfigureAwait(false);
                if (answer.Outcome != InfluxOutcome.Accepted)
                    open.Push((start, end, answer));
            }
        }

        if (refused.Count == 0)
            return;
        Interlocked.Add(ref refusedPoints, refused.Count);
        DeliveryLog.InfluxRefused(log, refused.Count, refused[0].Reason);
        await journal.WriteAsync(new QuarantineWork(Name, Moment.Of(time.GetUtcNow()), refused), cancel).ConfigureAwait(false);
    }

    private QuarantinedItem Refused(int line, string words) =>
        new(entryOfLine[line], Encoding.UTF8.GetString(lines.Slice(line, line + 1).Span).TrimEnd('\n'), words);

    private ReadOnlyMemory<byte> Without(int from, int until, IReadOnlyDictionary<int, string> named)
    {
        rest.Clear();
        for (var line = from; line < until; line++)
            if (!named.ContainsKey(line - from))
                rest.Copy(lines.Slice(line, line + 1).Span);
        return rest.Slice(0, rest.Lines);
    }

    /// <summary>A database that refuses even a plain point refuses us, not our data: that is waited out, and nothing is set aside for it.</summary>
    private async Task WaitUntilProbeAcceptedAsync(CancellationToken cancel)
    {
        for (var tries = 0; ; tries++)
        {
            probe.Clear();
            points.WriteProbe(time.GetUtcNow(), probe);
            var answer = await PostAsync(probe.Slice(0, 1), cancel).ConfigureAwait(false);
            if (answer.Outcome == InfluxOutcome.Accepted)
                return;
            await BackOffAsync(tries, answer with { Message = "even a plain point is refused: " + answer.Message }, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Posts until the answer is about the data: accepted, refused or too large.</summary>
    private async Task<InfluxAnswer> PostAsync(ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        for (var tries = 0; ; tries++)
        {
            var answer = await FindDialectAsync(cancel).ConfigureAwait(false) is { } known
                ? await client.WriteAsync(known, body, cancel).ConfigureAwait(false)
                : new InfluxAnswer(InfluxOutcome.Unavailable, $"{options.Url} does not answer");
            if (answer.Outcome is not (InfluxOutcome.Denied or InfluxOutcome.Unavailable))
            {
                if (trouble is not null)
                    DeliveryLog.InfluxRecovered(log);
                trouble = null;
                return answer;
            }

            if (answer.Outcome == InfluxOutcome.Denied && options.Dialect is null)
                dialect = null;
            await BackOffAsync(tries, answer, cancel).ConfigureAwait(false);
        }
    }

    private async Task<InfluxDialect?> FindDialectAsync(CancellationToken cancel)
    {
        if (dialect is null && await client.FindDialectAsync(cancel).ConfigureAwait(false) is { } found)
        {
            dialect = found.Dialect;
            DeliveryLog.InfluxFound(log, found.Version, dialect.ToString()!);
        }

        return dialect;
    }

    private Task BackOffAsync(int tries, InfluxAnswer answer, CancellationToken cancel)
    {
        Interlocked.Increment(ref retries);
        if (trouble is null)
            DeliveryLog.InfluxTrouble(log, answer.Message);
        trouble = answer.Message;
        var bound = Math.Min(options.LongestBackOff.TotalMilliseconds, options.ShortestBackOff.TotalMilliseconds * Math.Pow(2, Math.Min(tries, 20)));
        var wait = TimeSpan.FromMilliseconds(bound * (0.5 + (jitter.NextDouble() / 2)));
        if (answer.RetryAfter is { } asked && asked > wait)
            wait = asked < TimeSpan.FromHours(1) ? asked : TimeSpan.FromHours(1);
        return Task.Delay(wait, time, cancel);
    }
}
