using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PatchEdge.Gateway.Acquisition;
using PatchEdge.Gateway.Continuity.Lines;
using PatchEdge.Gateway.Continuity.Runs;
using PatchEdge.Gateway.Delivery;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Journal.Blocks;
using PatchEdge.Gateway.Repair;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Continuity.Stage;

/// <summary>
/// The pipeline's middle: one loop that takes what arrives, folds it into evidence and line states, and fills batches for the journal.
/// While the journal takes nothing it takes nothing either, so that the servers keep what they have; time and reports go on.
/// </summary>
internal sealed partial class ContinuityStage : IAsyncDisposable
{
    private const int LargestBatch = 1024 * 1024;
    private const int QueuedArrivals = 256;

    private static readonly TimeSpan TickPace = TimeSpan.FromMilliseconds(200);

    private readonly Channel<Arrived> arrivals = Channel.CreateBounded<Arrived>(new BoundedChannelOptions(QueuedArrivals) { SingleReader = true });
    private readonly CancellationTokenSource stop = new();
    private readonly List<GapChange> changes = [];
    private readonly JournalWriter journal;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly ContinuityFold fold;
    private readonly CoverageWindows windows;
    private readonly LineWatches lines;
    private readonly StageReports reports;
    private readonly SteadyClock clock;
    private readonly RunSpans runs;
    private readonly ServerFacts[] servers;
    private readonly Dictionary<(string Tag, string Server), Gap> unwatched;
    private readonly Task loop;
    private StageInput input;
    private long[] lastSourceTime;
    private Arrived.Revised? revision;
    private JournalBatch batch = new();
    private JournalBatch? sent;
    private Task durable = Task.CompletedTask;
    private JournalBatch? urgent;
    private bool journalFull;
    private bool gathered;
    private volatile bool closing;

    /// <param name="input">What to watch, and what was left by an earlier process.</param>
    /// <param name="journal">Where everything goes.</param>
    /// <param name="live">Who is told what is true now.</param>
    /// <param name="time">The gateway's clock.</param>
    /// <param name="log">Hears of gaps.</param>
    public ContinuityStage(StageInput input, JournalWriter journal, ILiveReports live, TimeProvider time, ILogger log)
    {
        (this.input, this.journal, this.time, this.log) = (input, journal, time, log);
        clock = new SteadyClock(time);
        var (map, recovery) = (input.Table.Map, input.Recovery);
        servers = [.. map.Servers.Select(_ => ServerFacts.Unknown)];
        lastSourceTime = new long[map.Sources.Length];
        var start = Now;
        var covered = RecoveredCover.Of(map, recovery);
        runs = new RunSpans(recovery.Runs);
        RecoveredCover.CloseGaps(input.Table, recovery, batch.Gaps);
        unwatched = RecoveredCover.Unwatched(input.Table, recovery, batch.Gaps);
        fold = new ContinuityFold(map, start, index => covered[index], index => RecoveredCover.IsChanged(input.Table, recovery, index), changes);
        windows = new CoverageWindows(
            [.. map.Sources.Select((_, index) => fold[index].Since)], [.. input.Table.Tags.Select(tag => tag.Critical)], start);
        lines = new LineWatches(input, live, log);
        foreach (var gap in batch.Gaps)
            if (input.Table.Find(gap.Tag, gap.Server) is { } source)
                Seek(gap, source, 0);
        reports = new StageReports(input, journal, live, fold, servers, windows, start, batch);
        TakeChanges();
        loop = RunAsync();
    }

    /// <summary>Ends when it is disposed; sooner only by a bug, whose exception it carries.</summary>
    public Task Completion => loop;

    /// <summary>Where acquisition puts what arrives.</summary>
    public ChannelWriter<Arrived> Arrivals => arrivals.Writer;

    private Moment Now => Moment.Of(time.GetUtcNow());

    /// <summary>Takes in what has arrived, attests up to now, and returns when the journal has it. Acquisition must have ended.</summary>
    public async ValueTask DisposeAsync()
    {
        arrivals.Writer.TryComplete();
        await stop.CancelAsync();
        await loop;
        batch.Dispose();
        stop.Dispose();
    }

    /// <summary>From now on nobody waits for a journal that takes nothing: what arrives then is passed over, unacknowledged, so that acquisition can end.</summary>
    public void Close() => closing = true;

    /// <summary>Knows what delivery knows; asked at each report.</summary>
    public void Follow(IReadOnlyList<SinkPump> pumps) => reports.Pumps = pumps;

    private async Task RunAsync()
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(TickPace, time);
        var tick = timer.WaitForNextTickAsync().AsTask();
        var arrival = ArrivalAsync();
        while (!stop.IsCancellationRequested)
        {
            if (Blocked)
                await Task.WhenAny(tick);
            else if (sent is { Durable.IsCompleted: false } && !batch.IsEmpty)
                await Task.WhenAny(tick, arrival, durable);
            else
                await Task.WhenAny(tick, arrival);
            var drained = !Blocked && TakeArrivals();
            if (closing && Blocked)
                PassArrivals();
            if (arrival.IsCompleted && drained && !stop.IsCancellationRequested)
                arrival = ArrivalAsync();
            if (tick.IsCompleted)
            {
                Tick(drained);
                gathered = !batch.IsEmpty;
                tick = timer.WaitForNextTickAsync().AsTask();
            }

            Send();
            if (revision is not null)
                TryRevise();
        }

        await FinishAsync();
    }

    /// <summary>A task of its own: it ends in the context that the loop was started in, if there was one, and nowhere else.</summary>
    private async Task ArrivalAsync() => await arrivals.Reader.WaitToReadAsync();

    private bool Blocked => batch.Weight > LargestBatch;

    private bool TakeArrivals()
    {
        while (!Blocked)
        {
            if (!arrivals.Reader.TryRead(out var arrived))
                return true;
            Take(arrived);
        }

        return false;
    }

    private void PassArrivals()
    {
        while (arrivals.Reader.TryRead(out var arrived))
            (arrived as Arrived.Values)?.Intake.Release();
    }

    private void Take(Arrived arrived)
    {
        // A message that bears the new time would otherwise seem to prove the moments that were skipped.
        LookAtClock();
        switch (arrived)
        {
            case Arrived.Values values:
                TakeValues(values);
                values.Intake.Release();
                break;
            case Arrived.Event happened:
                fold.Apply(happened.Change.Kind is ContinuityEventKind.NotificationsLost ? Timed(happened.Change) : happened.Change, happened.At, changes);
                TakeChanges();
                if (happened.Change.Kind is ContinuityEventKind.ServerNotRunning)
                    servers[happened.Change.Server] = servers[happened.Change.Server] with { State = "not Running" };
                if (happened.Change.Kind is not (ContinuityEventKind.Evidence or ContinuityEventKind.ServerRunning))
                    lines.EvaluateAll(fold, servers, batch);
                break;
            case Arrived.Subscribed subscribed:
                fold.SetKeepAlive(subscribed.Subscription, subscribed.KeepAlive);
                break;
            case Arrived.LookedUp repaired:
                TakeRepaired(repaired);
                break;
            case Arrived.Revised revised:
                revision = revised;
                break;
            case Arrived.Configured configured:
                reports.ConfigurationTrouble = configured.Trouble;
                break;
            case Arrived.Facts facts:
                servers[facts.Server] = facts.Known;
                break;
        }
    }

    /// <summary>What is lost was not sent before the newest message was, though perhaps before that arrived.</summary>
    private ContinuityEvent Timed(in ContinuityEvent lost) => lost with
    {
        SourceTime = fold.Subscription(lost.Subscription).Published - (servers[input.Table.Map.Subscriptions[lost.Subscription].Server].ClockOffset ?? TimeSpan.Zero),
    };

    private void TakeValues(Arrived.Values arrived)
    {
        var change = arrived.Change;
        var items = change.Items.Span;
        var received = change.ReceivedAt.Utc.UtcDateTime;
        var offset = servers[input.Table.Map.Subscriptions[arrived.Subscription].Server].ClockOffset ?? TimeSpan.Zero;
        var refreshed = change.Origin == DataChangeOrigin.Refresh;
        batch.Readings.Start(new NotificationHead(
            input.Table.Map.Subscriptions[arrived.Subscription].Server, change.Subscription.SubscriptionId, change.SequenceNumber, received, change.PublishTime, items.Length));
        foreach (ref readonly var item in items)
        {
            var source = SubscriptionIntake.SourceOf(item.ClientHandle);
            var value = item.Value;
            batch.Readings.Add(input.JournalIds[source], value);
            // The server had it under way when its tag was taken out.
            if (input.Table.Map.Sources[source].Retired)
                continue;
            if (refreshed && value.SourceTimestamp.Ticks < lastSourceTime[source])
                continue;
            if (value.SourceTimestamp.Ticks == lastSourceTime[source] && !refreshed && value.SourceTimestamp != DateTime.MinValue && input.Table.Tags[source].Record)
                reports.SameSourceTime++;
            lastSourceTime[source] = value.SourceTimestamp.Ticks;
            var stamped = Moment.Of(value.SourceTimestamp);
            var sourceTime = stamped - offset;
            fold.Apply(new ContinuityEvent(ContinuityEventKind.Reading) { Source = source, Status = value.Status, SourceTime = sourceTime, Published = stamped }, arrived.At, changes);
            windows.Count(source, value.Status, sourceTime is { } sent ? arrived.At - sent : null);
            lines.Take(source, value, fold, servers);
        }

        reports.Notifications++;
        reports.Readings += items.Length;
        if (!refreshed)
        {
            var kind = change.Republished ? ContinuityEventKind.Republished : ContinuityEventKind.Evidence;
            fold.Apply(new ContinuityEvent(kind) { Subscription = arrived.Subscription, Published = Moment.Of(change.PublishTime), MoreFollow = change.MoreFollow }, arrived.At, changes);
            batch.AcknowledgeWhenDurable(change.Subscription.Acknowledge, change.SequenceNumber, change.Epoch);
        }

        TakeChanges();
        lines.EvaluateTouched(fold, servers, batch);
    }

    private void LookAtClock()
    {
        var step = clock.Look();
        if (step == TimeSpan.Zero)
            return;
        var kind = step > TimeSpan.Zero ? ContinuityEventKind.ClockSetForward : ContinuityEventKind.ClockSetBack;
        StageLog.ClockSet(log, step.TotalSeconds);
        fold.Apply(new ContinuityEvent(kind) { Detail = $"the gateway's clock was set by {step.TotalSeconds:0.0} s" }, Now, changes);
        TakeChanges();
    }

    /// <param name="drained">Everything that has arrived is taken in: what did not arrive is late.</param>
    private void Tick(bool drained)
    {
        TakeRuns();
        LookAtClock();
        if (journalFull == journal.Writable)
        {
            journalFull = !journal.Writable;
            var kind = journalFull ? ContinuityEventKind.JournalFull : ContinuityEventKind.JournalWritable;
            fold.Apply(new ContinuityEvent(kind) { SourceTime = journalFull ? journal.DurableUntil : null, Detail = journal.Trouble }, Now, changes);
        }

        if (drained)
            fold.Apply(new ContinuityEvent(ContinuityEventKind.Tick), Now, changes);
        TakeChanges();
        lines.EvaluateAll(fold, servers, batch);
        reports.Tick(Now, batch);
    }

    /// <summary>Sends the batch when the journal has done with the one before: the longer a commit takes, the more go into the next.</summary>
    private void Send()
    {
        if (!journal.Writable && batch.MayWait && urgent is null)
            urgent = batch.TakeUrgent();
        if (urgent is not null && (urgent.IsEmpty || journal.TryWrite(urgent)))
            urgent = null;
        if (batch.IsEmpty || (sent is { Durable.IsCompleted: false } && batch.MayWait))
            return;
        // Few readings wait for more until the next tick: a commit for each small message would cost more than all that is in it.
        if (!gathered && batch.MayGather && input.Options.Journal.Linger > TimeSpan.Zero)
            return;
        batch.At = Now;
        if (batch.MayWait)
            reports.PutEvidence(batch.At, batch);
        if (!journal.TryWrite(batch))
            return;
        if (batch.MayWait || sent is null || sent.Durable.IsCompleted)
            (sent, durable) = (batch, batch.DurableAsync());
        batch = new JournalBatch();
        gathered = false;
    }

    private async Task FinishAsync()
    {
        while (arrivals.Reader.TryRead(out var arrived))
            Take(arrived);
        Tick(drained: true);
        reports.Finish(Now, batch);
        batch.At = Now;
        if (await journal.WaitToWriteAsync(CancellationToken.None) && journal.TryWrite(batch))
        {
            sent = batch;
            batch = new JournalBatch();
        }
    }
}
