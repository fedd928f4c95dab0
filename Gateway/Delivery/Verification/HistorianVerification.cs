using Microsoft.Extensions.Logging;
using PatchEdge.Gateway.Delivery.Influx;
using PatchEdge.Gateway.Journal;

namespace PatchEdge.Gateway.Delivery.Verification;

/// <summary>
/// Reads back, at a slow pace, what delivery has written since the last time, sends again what is not there as it was sent, and notes in the
/// journal how far it came: only what was read back may go for its age.
/// </summary>
internal sealed class HistorianVerification : IAsyncDisposable
{
    /// <summary>Name of its cursor in the journal.</summary>
    public const string CursorName = "influxdb:verified";

    private const int MostEntries = 50_000;

    /// <summary>What was written this recently may not be visible yet.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);

    /// <summary>Times further back than this before the first entry of a round are left to the command line.</summary>
    private static readonly TimeSpan LongestBack = TimeSpan.FromDays(1);

    private static readonly long Window = TimeSpan.FromMinutes(10).Ticks * 100;

    private readonly CancellationTokenSource stop = new();
    private readonly InfluxOptions options;
    private readonly PointWriter points;
    private readonly HistorianScope scope;
    private readonly JournalWriter journal;
    private readonly string directory;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly Task loop;
    private long compared;
    private long mended;
    private bool unreadable;

    /// <param name="options">The historian, and how often to read back.</param>
    /// <param name="points">As delivery makes them.</param>
    /// <param name="scope">What of the historian is ours.</param>
    /// <param name="journal">Where the cursor is kept.</param>
    /// <param name="directory">The journal's directory, read through a connection of its own.</param>
    /// <param name="time">For the pace.</param>
    /// <param name="log">Hears of every difference.</param>
    public HistorianVerification(InfluxOptions options, PointWriter points, HistorianScope scope, JournalWriter journal, string directory, TimeProvider time, ILogger log)
    {
        (this.options, this.points, this.scope, this.journal, this.directory, this.time, this.log) = (options, points, scope, journal, directory, time, log);
        loop = RunAsync(options.VerifyPace ?? throw new ArgumentException("needs a pace", nameof(options)), stop.Token);
    }

    /// <summary>Ends when it is disposed; sooner only by a bug, whose exception it carries.</summary>
    public Task Completion => loop;

    /// <summary>Points that were read back and compared since the start.</summary>
    public long Compared => Interlocked.Read(ref compared);

    /// <summary>Points that were not as they had been delivered, and were sent again.</summary>
    public long Mended => Interlocked.Read(ref mended);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await loop.ConfigureAwait(false);
        stop.Dispose();
    }

    private async Task RunAsync(TimeSpan pace, CancellationToken cancel)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(pace, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false))
                await RoundAsync(cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Closing.
        }
    }

    private async Task RoundAsync(CancellationToken cancel)
    {
        try
        {
            while (await PortionAsync(cancel).ConfigureAwait(false))
            {
                // The next portion.
            }
        }
        catch (HistorianException exception)
        {
            if (!unreadable)
                DeliveryLog.NotReadBack(log, exception.Message);
            unreadable = true;
        }
        catch (Exception exception) when (exception is JournalException or Microsoft.Data.Sqlite.SqliteException)
        {
            DeliveryLog.JournalUnreadable(log, CursorName, exception.Message);
        }
    }

    private async Task<bool> PortionAsync(CancellationToken cancel)
    {
        using var reader = new JournalReader(directory);
        var from = Math.Max(reader.Cursor(CursorName).Entry, Math.Max(1, reader.Range().Oldest));
        var delivered = reader.Cursor(InfluxSink.CursorName).Entry;
        var settled = (time.GetUtcNow() - Settling).ToUnixTimeMilliseconds();
        var until = Math.Min(from + MostEntries, 1 + reader.Scalar("SELECT id FROM entry WHERE id < $1 AND at <= $2 ORDER BY id DESC LIMIT 1", delivered, settled));
        if (until <= from)
            return false;
        using var query = new InfluxQuery(options, time);
        using var client = new InfluxClient(options, time);
        var walk = new EntryWalk(reader, points, InfluxSink.CursorName);
        var check = new HistorianCheck(walk, JournalSpans.Of(walk, from, reader.Range().Newest + 1), delivered, query, scope);
        var earliest = (reader.Scalar("SELECT at FROM entry WHERE id >= $1 ORDER BY id LIMIT 1", from) - (long)LongestBack.TotalMilliseconds) * 1_000_000;
        var (before, differing, repaired) = (check.Points, 0L, 0L);
        try
        {
            foreach (var (start, end) in JournalSpans.Of(walk, from, until).Windows(Window).Where(window => window.End > earliest))
                await check.CompareAsync(
                    Math.Max(start, earliest), end, judgeUnknown: false, new Resender(client, time).SendAsync,
                    row =>
                    {
                        differing += row.Missing + row.Altered;
                        repaired += row.Repaired;
                    },
                    cancel).ConfigureAwait(false);
        }
        catch (HistorianException exception) when (exception.Lasting)
        {
            // Nothing will ever be read back from this one: what is delivered must do.
            if (!unreadable)
                DeliveryLog.NeverReadBack(log, exception.Message);
            unreadable = true;
        }

        Interlocked.Add(ref compared, check.Points - before);
        Interlocked.Add(ref mended, repaired);
        if (differing > 0)
            DeliveryLog.Differed(log, differing, repaired);
        if (repaired < differing)
            return false;
        unreadable &= check.Windows == 0;
        await journal.WriteAsync(new CursorMove(CursorName, new SinkPosition(until, 0)), cancel).ConfigureAwait(false);
        return true;
    }
}
