using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using PatchEdge.Gateway.Acquisition;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Journal;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Repair;

/// <summary>
/// The third rung: looks gaps that are over up in one server's history, one request at a time, and hands what it finds to the pipeline.
/// What is to be done stands in the journal, so that a killed process goes on where it was: a look that was not put down is made again.
/// </summary>
internal sealed class HistoryRepairer : IAsyncDisposable
{
    /// <summary>Repairs fetched at once. Finding the most urgent means looking at all of them, so that it is not done for every few.</summary>
    private const int MostAtOnce = 2000;

    /// <summary>Nodes in one look at a server that keeps history of none of them: then nothing is read but what they are.</summary>
    private const int MostWithoutHistory = 200;

    private static readonly TimeSpan LongestIdle = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ExpiryPace = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Channel<bool> wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly CancellationTokenSource stop = new();
    private readonly string server;
    private readonly UaClient client;
    private readonly int index;
    private volatile HistoryLook look;
    private readonly JournalWriter journal;
    private readonly JournalReader reader;
    private readonly ReceivedValues received;
    private readonly ChannelWriter<Arrived> arrivals;
    private readonly RepairOptions options;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly Task loop;
    private long? lookedForExpired;
    private long seen;
    private int nodesPerLook;

    /// <param name="server">Index in <see cref="SourceTable.Servers"/>.</param>
    /// <param name="table">What is watched there.</param>
    /// <param name="client">The connection; another keeps it.</param>
    /// <param name="arrivals">The pipeline.</param>
    /// <param name="journal">Wakes it.</param>
    /// <param name="directory">The journal's directory, read through a connection of its own.</param>
    /// <param name="options">How gently.</param>
    /// <param name="time">For pace and age.</param>
    /// <param name="log">Hears of each look.</param>
    public HistoryRepairer(
        int server, SourceTable table, UaClient client, ChannelWriter<Arrived> arrivals, JournalWriter journal, string directory, RepairOptions options, TimeProvider time, ILogger log)
    {
        (this.client, this.arrivals, this.journal, this.options, this.time, this.log) = (client, arrivals, journal, options, time, log);
        this.server = table.Servers[server].Name;
        index = server;
        nodesPerLook = options.NodesPerRead;
        look = new HistoryLook(server, table, client, options);
        reader = new JournalReader(directory);
        received = new ReceivedValues(reader);
        journal.Committed += Wake;
        loop = RunAsync(stop.Token);
    }

    /// <summary>Ends when it is disposed; sooner only by a bug, whose exception it carries.</summary>
    public Task Completion => loop;

    private Moment Now => Moment.Of(time.GetUtcNow());

    public async ValueTask DisposeAsync()
    {
        journal.Committed -= Wake;
        await stop.CancelAsync().ConfigureAwait(false);
        await loop.ConfigureAwait(false);
        reader.Dispose();
        stop.Dispose();
    }

    /// <summary>From the next request on, what is watched is this.</summary>
    public void Revise(SourceTable table) => look = new HistoryLook(index, table, client, options);

    /// <summary>Whether the journal holds repairs that were not there when they were fetched last.</summary>
    private bool HasNew => journal.RepairsAdded != Interlocked.Read(ref seen);

    private void Wake()
    {
        if (HasNew)
            wake.Writer.TryWrite(true);
    }

    private async Task RunAsync(CancellationToken cancel)
    {
        await Task.Yield();
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                Interlocked.Exchange(ref seen, journal.RepairsAdded);
                if (Expired() is { Count: > 0 } expired)
                    await PutDownAsync([.. expired.Select(repair => look.Declare(repair, $"the server could not be asked within {options.LongestWait.TotalHours:0} h"))], cancel).ConfigureAwait(false);
                else if (client.State != UaClientState.Connected || reader.Repairs(server, Now, MostAtOnce) is not { Count: > 0 } due)
                    await WaitAsync(cancel).ConfigureAwait(false);
                else
                    await RepairAsync(due, cancel).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is JournalException or SqliteException)
            {
                RepairLog.JournalUnreadable(log, server, exception.Message);
                await Task.Delay(LongestIdle, time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private IReadOnlyList<PendingRepair> Expired()
    {
        if (lookedForExpired is { } last && time.GetElapsedTime(last) < ExpiryPace)
            return [];
        var expired = reader.Repairs(server, Now, MostWithoutHistory, endedBefore: Now - options.LongestWait);
        // More may have.
        lookedForExpired = expired.Count > 0 ? null : time.GetTimestamp();
        return expired;
    }

    /// <summary>Gaps over one span are looked up together: a lost connection gives all its tags the same. Ends early for others that came meanwhile and may be more urgent.</summary>
    private async Task RepairAsync(IReadOnlyList<PendingRepair> due, CancellationToken cancel)
    {
        var looked = false;
        foreach (var span in due.GroupBy(repair => (repair.Gap.Start, repair.Gap.End, repair.Gap.Cause, IsLineState: repair.Row.Urgency == RepairUrgency.LineState)))
        {
            var all = span.ToArray();
            for (var at = 0; at < all.Length;)
            {
                if (client.State != UaClientState.Connected || (looked && HasNew))
                    return;
                var part = all[at..Math.Min(all.Length, at + nodesPerLook)];
                var outcomes = await LookUpAsync(part, cancel).ConfigureAwait(false);
                await PutDownAsync(outcomes, cancel).ConfigureAwait(false);
                at += part.Length;
                looked = true;
                nodesPerLook = outcomes.All(outcome => outcome.Unasked) ? Math.Max(options.NodesPerRead, Math.Min(MostWithoutHistory, nodesPerLook * 2)) : options.NodesPerRead;
                await Task.Delay(options.Pace, time, cancel).ConfigureAwait(false);
            }
        }
    }

    private async Task<IReadOnlyList<RepairOutcome>> LookUpAsync(PendingRepair[] repairs, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            return await look.AtAsync(repairs, received.Before, Now, deadline.Token).ConfigureAwait(false);
        }
        catch (UaException exception)
        {
            RepairLog.Failed(log, server, exception.Message);
            return [.. repairs.Select(repair => look.Postpone(repair, Now, exception.Status.SymbolicName))];
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            RepairLog.Failed(log, server, "no answer in time");
            return [.. repairs.Select(repair => look.Postpone(repair, Now, "no answer in time"))];
        }
    }

    /// <summary>Returns when the journal has it: what is not durable is looked up again, never taken for done.</summary>
    private async Task PutDownAsync(IReadOnlyList<RepairOutcome> outcomes, CancellationToken cancel)
    {
        var taken = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        await arrivals.WriteAsync(new Arrived.LookedUp(Now, outcomes, taken), cancel).ConfigureAwait(false);
        var durable = await taken.Task.WaitAsync(cancel).ConfigureAwait(false);
        await durable.WaitAsync(cancel).ConfigureAwait(false);
        RepairLog.LookedUp(
            log, server, outcomes.Count,
            outcomes.Count(outcome => outcome.Parts.Length > 0 && outcome.Parts.All(part => part.Repair == GapRepair.Backfilled)),
            outcomes.Count(outcome => outcome.Parts.Length > 1 && outcome.Parts.Any(part => part.Repair == GapRepair.Backfilled) && outcome.Parts.Any(part => part.Repair != GapRepair.Backfilled)),
            outcomes.Count(outcome => outcome.Rest.IsEmpty && outcome.Parts.All(part => part.Repair != GapRepair.Backfilled)),
            outcomes.Count(outcome => outcome.Parts.IsEmpty && !outcome.Rest.IsEmpty),
            outcomes.Sum(outcome => outcome.Values.Count));
    }

    private TimeSpan UntilDue()
    {
        var due = reader.Scalar("SELECT min(due) FROM repair WHERE server = $1", server);
        var wait = due == 0 ? LongestIdle : new Moment(due) - Now;
        return wait < TimeSpan.Zero ? LongestIdle : wait < LongestIdle ? wait : LongestIdle;
    }

    private async Task WaitAsync(CancellationToken cancel)
    {
        // A commit with repairs wakes it, but no more than once in a pace; without one it looks whether something has become due.
        await Task.Delay(options.Pace, time, cancel).ConfigureAwait(false);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), patience, UntilDue(), Timeout.InfiniteTimeSpan);
        try
        {
            await wake.Reader.ReadAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // Nothing came: look anyway.
        }
    }
}
