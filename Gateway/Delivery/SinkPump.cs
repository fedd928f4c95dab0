using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Journal.Storage;

namespace PatchEdge.Gateway.Delivery;

/// <summary>Carries the journal to one sink, from where the sink's durable cursor stands, for as long as the gateway runs.</summary>
internal sealed class SinkPump : IAsyncDisposable
{
    private const int PortionBytes = 2 * 1024 * 1024;

    /// <summary>So often an entry may make its sink fail before it is set aside.</summary>
    private const int MostFailures = 5;

    /// <summary>After a failure so many are delivered one by one.</summary>
    private const int CarefulEntries = 500;

    private static readonly TimeSpan IdlePace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FailurePace = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan AlarmingAge = TimeSpan.FromMinutes(5);

    private readonly Channel<bool> wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly CancellationTokenSource stop = new();
    private readonly JournalWriter journal;
    private readonly JournalReader reader;
    private readonly RecentEntries recent;
    private readonly EntryRoom room = new(PortionBytes);
    private readonly ISink sink;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly Task loop;
    private SinkPosition position;
    private readonly long firstEntry;
    private readonly Queue<(long Entry, int Count)> readings = new();
    private long deliveredUpTo;
    private long deliveredReadings;
    private long oldestWaiting;
    private int failures;
    private int careful;
    private bool alarmed;

    /// <param name="journal">Where the cursor is kept.</param>
    /// <param name="directory">The journal's directory, read through a connection of its own.</param>
    /// <param name="sink">Whom to deliver to; disposed with the pump.</param>
    /// <param name="time">For pace and age.</param>
    /// <param name="log">Hears of damaged entries.</param>
    public SinkPump(JournalWriter journal, string directory, ISink sink, TimeProvider time, ILogger log)
    {
        (this.journal, this.sink, this.time, this.log) = (journal, sink, time, log);
        reader = new JournalReader(directory);
        recent = journal.KeepRecent();
        position = reader.Cursor(sink.Name, () => JournalLog.CursorDamaged(log, sink.Name));
        deliveredUpTo = position.Entry - 1;
        firstEntry = journal.LastEntry + 1;
        journal.Committed += Wake;
        loop = RunAsync(stop.Token);
    }

    /// <summary>Ends when it is disposed; sooner only by a bug, whose exception it carries.</summary>
    public Task Completion => loop;

    public ISink Sink => sink;

    /// <summary>Entries that the sink has not confirmed yet.</summary>
    public long Backlog => Math.Max(0, journal.LastEntry - Interlocked.Read(ref deliveredUpTo));

    /// <summary>Readings that the sink has confirmed, of those that were journaled since the pump began: whole entries only.</summary>
    public long DeliveredReadings => Interlocked.Read(ref deliveredReadings);

    /// <summary>Age of the oldest entry that the sink has not confirmed; zero when it has all.</summary>
    public TimeSpan OldestUndelivered =>
        Backlog > 0 && Interlocked.Read(ref oldestWaiting) is > 0 and var at ? time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(at) : TimeSpan.Zero;

    public SinkHealth Health
    {
        get
        {
            var counters = sink.Counters;
            return new SinkHealth(Backlog, OldestUndelivered.TotalMilliseconds, counters.Delivered, counters.Retries, counters.Refused);
        }
    }

    public async ValueTask DisposeAsync()
    {
        journal.Committed -= Wake;
        await stop.CancelAsync();
        await loop;
        reader.Dispose();
        (sink as IDisposable)?.Dispose();
        stop.Dispose();
    }

    private void Wake()
    {
        Watch();
        // A commit of cursors alone brings nothing new.
        if (Backlog > 0)
            wake.Writer.TryWrite(true);
    }

    private async Task RunAsync(CancellationToken cancel)
    {
        await Task.Yield();
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                if (await DeliverPortionAsync(cancel))
                    continue;
                await WaitAsync(cancel);
                if (sink.Linger > TimeSpan.Zero)
                    await Task.Delay(sink.Linger, time, cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is JournalException or Microsoft.Data.Sqlite.SqliteException)
            {
                DeliveryLog.JournalUnreadable(log, sink.Name, exception.Message);
                await Task.Delay(IdlePace, time, CancellationToken.None);
            }
        }
    }

    private async Task<bool> DeliverPortionAsync(CancellationToken cancel)
    {
        var last = journal.LastEntry;
        if (last < position.Entry)
        {
            Interlocked.Exchange(ref deliveredUpTo, position.Entry - 1);
            return false;
        }

        var damaged = new List<QuarantinedItem>();
        var entries = Read(damaged, out var end);
        if (damaged.Count > 0)
        {
            foreach (var item in damaged)
                JournalLog.EntryDamaged(log, item.Entry, item.Reason);
            await journal.WriteAsync(new QuarantineWork(sink.Name, Continuity.Moment.Of(time.GetUtcNow()), damaged), cancel);
        }

        if (end < position.Entry)
        {
            // Entries may have gone by hand or by an old copy: the cursor must not wait for them.
            Interlocked.Exchange(ref deliveredUpTo, Math.Max(deliveredUpTo, last));
            return false;
        }

        if (entries.Count > 0)
        {
            Interlocked.Exchange(ref oldestWaiting, entries[0].At.UnixMilliseconds);
            var offset = entries[0].Id == position.Entry ? position.Offset : 0;
            try
            {
                await sink.DeliverAsync(entries, offset, ConfirmAsync, cancel);
            }
            catch (Exception exception) when (exception is not (OperationCanceledException or JournalException or Microsoft.Data.Sqlite.SqliteException))
            {
                if (!await SetAsideAsync(entries, exception, cancel))
                    return true;
            }

            failures = 0;
            careful = Math.Max(0, careful - 1);
        }

        if (position.Entry <= end)
            await ConfirmAsync(new SinkPosition(end + 1, 0));
        return true;
    }

    /// <summary>The next entries: from memory when they are new, else from the file.</summary>
    /// <param name="damaged">Receives those that cannot be read.</param>
    /// <param name="end">Id of the last entry that was read, is damaged, or is of no use to the sink; less than the position when there is none.</param>
    private IReadOnlyList<JournalEntry> Read(List<QuarantinedItem> damaged, out long end)
    {
        room.Clear();
        readings.Clear();
        // After a failure one by one, so that it is known whose it is.
        var most = careful > 0 ? 1 : PortionBytes;
        var last = 0L;
        bool Wanted(long entry, JournalKind kind, int count)
        {
            last = entry;
            if (kind == JournalKind.Readings)
                readings.Enqueue((entry, count));
            return sink.Takes(kind);
        }

        var fresh = new List<JournalEntry>();
        var entries = recent.Read(position.Entry, most, Wanted, room, fresh) is not null
            ? fresh
            : reader.Read(position.Entry, most, (entry, reason) => damaged.Add(new QuarantinedItem(entry, "", reason)), room, Wanted);
        end = Math.Max(last, damaged.Count > 0 ? damaged[^1].Entry : 0);
        return entries;
    }

    /// <summary>An entry that makes its sink fail, again and again, must not stand in the way of all others: it stays in the journal, and is named.</summary>
    private async Task<bool> SetAsideAsync(IReadOnlyList<JournalEntry> entries, Exception failure, CancellationToken cancel)
    {
        careful = CarefulEntries;
        if (entries.Count > 1)
            return false;
        var entry = entries[0];
        failures++;
        DeliveryLog.SinkFailed(log, sink.Name, entry.Id, failures, failure);
        if (failures < MostFailures)
        {
            await Task.Delay(FailurePace, time, cancel);
            return false;
        }

        var item = new QuarantinedItem(entry.Id, $"{entry.Kind}, {entry.Count} items", $"{failure.GetType().Name}: {failure.Message}");
        await journal.WriteAsync(new QuarantineWork(sink.Name, Continuity.Moment.Of(time.GetUtcNow()), [item]), cancel);
        return true;
    }

    /// <summary>Says once that a backlog grows old, and once that it is gone.</summary>
    private void Watch()
    {
        var age = OldestUndelivered;
        if (!alarmed && age > AlarmingAge)
            DeliveryLog.BacklogOld(log, sink.Name, Backlog, age, sink.Trouble ?? "it is slow");
        else if (alarmed && Backlog == 0)
            DeliveryLog.BacklogGone(log, sink.Name);
        alarmed = age > AlarmingAge || (alarmed && Backlog > 0);
    }

    private Task ConfirmAsync(SinkPosition confirmed)
    {
        journal.MoveCursor(sink.Name, confirmed);
        while (readings.TryPeek(out var next) && next.Entry < confirmed.Entry)
        {
            readings.Dequeue();
            if (next.Entry >= firstEntry)
                Interlocked.Add(ref deliveredReadings, next.Count);
        }

        position = confirmed;
        Interlocked.Exchange(ref deliveredUpTo, confirmed.Entry - 1);
        return Task.CompletedTask;
    }

    private async Task WaitAsync(CancellationToken cancel)
    {
        using var pace = new CancellationTokenSource(IdlePace, time);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel, pace.Token);
        try
        {
            await wake.Reader.ReadAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // Nothing came: look anyway.
        }
    }
}
