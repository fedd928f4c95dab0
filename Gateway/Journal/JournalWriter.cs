using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Journal.Storage;

namespace PatchEdge.Gateway.Journal;

/// <summary>
/// The journal's single writer: takes works in order, commits those that are ready together, and tells each when it is durable.
/// </summary>
/// <remarks>
/// When the disk or the journal's own bound is full, works that may wait are held, in order, and tried again each second; what must never be dropped
/// uses the reserve meanwhile: on the disk the room of a file that is then let go, within the bound a part that readings may not use. After any other failure the file is closed and opened again, never written on: what a failed sync left in
/// memory is not trusted. Works are tried until they are durable or the journal closes.
/// </remarks>
internal sealed partial class JournalWriter : IAsyncDisposable
{
    private const int QueueLength = 16;
    private const int MostHeld = 1024;
    private const int MostWeight = 4 * 1024 * 1024;
    private const int SqliteFull = 13;

    /// <summary>Below this a failed write is blamed on the disk's being full, whatever the system calls it.</summary>
    private const long ScarceBytes = 1024 * 1024;

    /// <summary>What is kept of the newest entries for those that deliver: half a second of half a million values a second.</summary>
    private const int RecentBytes = 4 * 1024 * 1024;

    private static readonly TimeSpan RetryPace = TimeSpan.FromSeconds(1);

    /// <summary>So long a cursor waits for a commit that is made anyway.</summary>
    private static readonly TimeSpan CursorPace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetentionPace = TimeSpan.FromSeconds(30);

    private readonly Channel<JournalWork> queue = Channel.CreateBounded<JournalWork>(new BoundedChannelOptions(QueueLength) { SingleReader = true });
    private readonly LinkedList<JournalWork> held = [];
    private readonly JournalOptions options;
    private readonly string site;
    private readonly string gateway;
    private readonly JournalCursors cursors;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly JournalLock directoryLock;
    private readonly JournalReserve reserve;
    private readonly JournalTail tail;
    private readonly JournalMeter meter = new();
    private readonly CursorMoves moves;
    private readonly Task loop;
    private JournalStore? store;
    private RecentEntries? recent;
    private List<JournalWork>? attempted;
    private long commits;
    private long attemptedCommit;
    private long lastRetention;
    private long lastEntry;
    private long readings;
    private long durableUntil;
    private long repairsAdded;
    private bool retentionFailed;
    private volatile string? trouble;

    private JournalWriter(JournalLock taken, JournalStore opened, JournalOptions options, string site, string gateway, JournalCursors cursors, TimeProvider time, ILogger log)
    {
        directoryLock = taken;
        store = opened;
        (this.options, this.site, this.gateway, this.cursors, this.time, this.log) = (options, site, gateway, cursors, time, log);
        reserve = new JournalReserve(options);
        reserve.TryTake();
        tail = new JournalTail(options.Directory);
        CheckTail(opened);
        lastEntry = opened.LastEntry;
        lastRetention = time.GetTimestamp();
        commits = opened.Scalar("SELECT value FROM meta WHERE key = 'commits'");
        Measure(opened);
        moves = new CursorMoves(time, CursorPace, () => queue.Writer.TryWrite(new NothingMore()));
        loop = RunAsync();
    }

    /// <summary>Opens the journal and starts its loop.</summary>
    /// <param name="options">Where, and how much.</param>
    /// <param name="site">Site in the plant file.</param>
    /// <param name="gateway">Gateway in the plant file.</param>
    /// <param name="sinks">Names of the sinks that must have an entry before it may go.</param>
    /// <param name="time">For pace and age.</param>
    /// <param name="log">Hears of trouble and its end.</param>
    /// <param name="verified">Names of the cursors that tell what was read back; an entry goes by age only behind these too.</param>
    /// <exception cref="JournalException">In use by another process, not ours, or damaged.</exception>
    public static JournalWriter Open(JournalOptions options, string site, string gateway, IReadOnlyCollection<string> sinks, TimeProvider time, ILogger log, IReadOnlyCollection<string>? verified = null)
    {
        Directory.CreateDirectory(options.Directory);
        var taken = JournalLock.Take(options.Directory);
        try
        {
            return new JournalWriter(taken, JournalStore.Open(options, site, gateway), options, site, gateway, new JournalCursors(sinks, verified ?? []), time, log);
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    /// <summary>Ends when it is disposed; sooner only by a bug, whose exception it carries.</summary>
    public Task Completion => loop;

    /// <summary>After each commit, on the writer's loop: must not block.</summary>
    public event Action? Committed;

    /// <summary>Whether readings are being accepted. False while full or broken; then see <see cref="Trouble"/>.</summary>
    public bool Writable => trouble is null;

    /// <summary>What is wrong, for an operator; null when nothing is.</summary>
    public string? Trouble => trouble;

    /// <summary>Id of the newest durable entry.</summary>
    public long LastEntry => Interlocked.Read(ref lastEntry);

    /// <summary>Readings made durable since the start.</summary>
    public long Readings => Interlocked.Read(ref readings);

    /// <summary>Gaps noted for repair since the start, durable.</summary>
    public long RepairsAdded => Interlocked.Read(ref repairsAdded);

    /// <summary>When the newest durable batch was closed; null before the first.</summary>
    public Moment? DurableUntil => Interlocked.Read(ref durableUntil) is > 0 and var at ? new Moment(at) : null;

    /// <summary>How it does; cheap, from any thread.</summary>
    public JournalHealth Health => meter.Health with { ReserveHeld = reserve.Held, Trouble = trouble };

    /// <summary>Offers a work; false when the queue is full.</summary>
    public bool TryWrite(JournalWork work) => queue.Writer.TryWrite(work);

    /// <summary>Completes when there is room in the queue; false when the journal is closing.</summary>
    public ValueTask<bool> WaitToWriteAsync(CancellationToken cancel) => queue.Writer.WaitToWriteAsync(cancel);

    /// <summary>Writes, and returns when it is durable.</summary>
    public async Task WriteAsync(JournalWork work, CancellationToken cancel)
    {
        await queue.Writer.WriteAsync(work, cancel);
        await work.DurableAsync().WaitAsync(cancel);
    }

    /// <summary>
    /// Notes up to where a sink has received. Durable with the next commit, within a second at the latest: what a crash takes back of it is
    /// delivered again, which changes nothing.
    /// </summary>
    public void MoveCursor(string sink, SinkPosition position) => moves.Add(sink, position);

    /// <summary>The newest entries, kept from now on; for sinks, which then read from the file only what they are behind with.</summary>
    public RecentEntries KeepRecent()
    {
        Interlocked.CompareExchange(ref recent, new RecentEntries(RecentBytes), null);
        return recent;
    }

    /// <summary>Gives each source its number for the readings of this and all later boots.</summary>
    public Task AddSourcesAsync(IEnumerable<(int Id, string Tag, string Server)> sources, CancellationToken cancel) =>
        WriteAsync(new SourcesWork([.. sources], []), cancel);

    /// <summary>Commits what is queued, then closes. What cannot be written any more is abandoned: the server still has it.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await loop;
        moves.Dispose();
        store?.Dispose();
        tail.Dispose();
        directoryLock.Dispose();
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        var works = new List<JournalWork>();
        var open = true;
        while (open || held.Count > 0)
        {
            if (open)
                open = await WaitAsync();
            Collect(works);
            if (works.Count > 0)
                TryWriteAll(works);
            works.Clear();
            if (store is not null && time.GetElapsedTime(lastRetention) > RetentionPace)
                Retain();
            if (!open && trouble is { } reason)
                AbandonHeld(reason);
        }
    }

    private async Task<bool> WaitAsync()
    {
        if (held.Count > 0)
        {
            await Task.Delay(RetryPace, time);
            return !queue.Reader.Completion.IsCompleted;
        }

        if (!await queue.Reader.WaitToReadAsync())
            return false;
        // Readings were gathered before they came here.
        if (options.Linger > TimeSpan.Zero && !(queue.Reader.TryPeek(out var first) && first.MayWait))
            await Task.Delay(options.Linger, time);
        return true;
    }

    private void Collect(List<JournalWork> works)
    {
        var weight = 0;
        while (held.First is { } first)
        {
            works.Add(first.Value);
            held.RemoveFirst();
        }

        moves.Take(works);
        while (works.Count < MostHeld && weight < MostWeight && queue.Reader.TryRead(out var work))
        {
            works.Add(work);
            weight += work.Weight;
        }
    }

    private void TryWriteAll(List<JournalWork> works)
    {
        try
        {
            WriteAll(works);
        }
        catch (SqliteException exception)
        {
            Complain($"the file cannot be read ({exception.Message}); the journal is opened again");
            Close();
            Hold(works.Where(work => !work.Durable.IsCompleted && !held.Contains(work)));
        }
    }

    private void WriteAll(List<JournalWork> works)
    {
        if (store is null && !Reopen(works))
        {
            Hold(works);
            return;
        }

        var reason = trouble is not null || works.Exists(work => work.MayWait) ? WhyReadingsWait() : null;
        if (reason is not null)
        {
            Complain(reason);
            Divide(works);
            Hold(works.Where(work => work.MayWait));
            works.RemoveAll(work => work.MayWait);
        }

        if (works.Count == 0 || Commit(works))
        {
            if (held.Count == 0 && reason is null)
                Recovered();
            return;
        }

        // The disk is full: what must never wait may still fit when the rest is left out, in the room that was kept for it.
        Divide(works);
        var urgent = works.FindAll(work => !work.MayWait);
        if (store is not null && urgent.Count > 0)
            Commit(urgent);
        Hold(works.Where(work => !work.Durable.IsCompleted));
    }

    /// <summary>What comes with readings that wait does not wait with them: a gap's end that came later would be overtaken by its beginning.</summary>
    private static void Divide(List<JournalWork> works)
    {
        for (var index = works.Count - 1; index >= 0; index--)
            if (works[index] is JournalBatch { MayWait: true } batch && batch.TakeUrgent() is { IsEmpty: false } urgent)
                works.Insert(index, urgent);
    }

    private bool Commit(List<JournalWork> works)
    {
        var start = time.GetTimestamp();
        try
        {
            attemptedCommit = commits + 1;
            store!.Recent = recent;
            store.Begin();
            foreach (var work in works)
                work.Write(store);
            store.SetMeta("commits", attemptedCommit.ToString(null, null));
            store.Commit();
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode == SqliteFull)
        {
            store!.Rollback();
            recent?.Clear();
            GiveRoom();
            Complain("the disk or the journal is full; free space in " + options.Directory);
            Retain();
            return false;
        }
        catch (Exception exception) when (exception is SqliteException or InvalidOperationException)
        {
            GiveRoomIfScarce();
            Complain($"writing failed ({exception.Message}); the journal is opened again");
            attempted = [.. works];
            Close();
            return false;
        }

        commits = attemptedCommit;
        store.Recent?.Commit(store.LastEntry);
        tail.Write(store.LastEntry);
        meter.Committed(time.GetElapsedTime(start));
        Finish(works);
        return true;
    }

    private void Finish(List<JournalWork> works)
    {
        Interlocked.Exchange(ref lastEntry, store!.LastEntry);
        foreach (var work in works)
        {
            if (work is JournalBatch batch)
            {
                Interlocked.Add(ref readings, batch.Readings.Count);
                Interlocked.Add(ref repairsAdded, batch.Pending.Count);
                if (!batch.IsPart)
                    Interlocked.Exchange(ref durableUntil, batch.At.UnixMilliseconds);
            }

            work.Committed();
        }

        works.Clear();
        Committed?.Invoke();
    }
}
