using Microsoft.Data.Sqlite;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Journal.Storage;

namespace PatchEdge.Gateway.Journal;

// What happens when the file cannot be written, and how it comes right again.
internal sealed partial class JournalWriter
{
    /// <summary>Opens the file again, and finds out whether the commit that failed had happened after all.</summary>
    private bool Reopen(List<JournalWork> works)
    {
        try
        {
            store = JournalStore.Open(options, site, gateway);
            if (!store.Settle())
                throw new JournalException("a reader keeps the write-ahead log from being written into the file; it is tried again");
            CheckTail(store);
            commits = store.Scalar("SELECT value FROM meta WHERE key = 'commits'");
            if (commits == attemptedCommit && attempted is not null)
            {
                Finish(attempted);
                works.RemoveAll(work => work.Durable.IsCompleted);
            }

            attempted = null;
            return true;
        }
        catch (Exception exception) when (exception is JournalException or IOException or SqliteException)
        {
            Close();
            GiveRoomIfScarce();
            Complain(exception.Message);
            return false;
        }
    }

    /// <summary>Why readings cannot be written now, for an operator; null when they can. Lets go of what may go first.</summary>
    private string? WhyReadingsWait()
    {
        if (store!.Fill() >= 1 - options.Reserve)
            Retain();
        if (store.Fill() >= 1 - options.Reserve)
            return $"the journal has reached its bound of {options.MaximumBytes / 1024 / 1024} MiB and holds only entries that are not delivered yet; restore the historian, or raise journal.maximum-mib";
        if (reserve.TryTake())
            return null;
        // Room that deleted entries left inside the file is as good as room on the disk.
        if (store.RoomInside < reserve.Bytes)
            Retain();
        return store.RoomInside >= reserve.Bytes ? null
            : $"the disk has no room for the reserve of {reserve.Bytes / 1024 / 1024} MiB, {reserve.Free / 1024 / 1024} MiB are free; free space in {options.Directory}";
    }

    private void GiveRoomIfScarce()
    {
        if (reserve.Free < ScarceBytes)
            GiveRoom();
    }

    private void GiveRoom()
    {
        if (!reserve.Release())
            return;
        JournalLog.ReserveGiven(log, reserve.Bytes / 1024 / 1024);
        try
        {
            store?.Settle();
        }
        catch (SqliteException)
        {
            // The log stays as long as it is; what is urgent goes behind it.
        }
    }

    /// <summary>Says so when the journal reaches less far than it did: what is missing was acknowledged, and no server has it any more.</summary>
    private void CheckTail(JournalStore opened)
    {
        var noted = tail.Read();
        if (noted > opened.LastEntry)
            JournalLog.EntriesLost(log, opened.LastEntry + 1, noted);
        tail.Write(opened.LastEntry);
    }

    private void Measure(JournalStore measured)
    {
        try
        {
            meter.Measured(measured.Used, options.MaximumBytes, reserve.Free, measured.Scalar("SELECT count(*) FROM quarantine"));
        }
        catch (SqliteException)
        {
            // The next write will tell.
        }
    }

    private void Close()
    {
        recent?.Clear();
        try
        {
            store?.Forsake();
        }
        catch (SqliteException)
        {
            // The file is given up anyway.
        }

        store = null;
    }

    private void Hold(IEnumerable<JournalWork> works)
    {
        foreach (var work in works)
            held.AddLast(work);
    }

    private void Retain()
    {
        lastRetention = time.GetTimestamp();
        try
        {
            JournalRetention.Apply(store!, options, cursors, Moment.Of(time.GetUtcNow()), tight: !reserve.Held);
            retentionFailed = false;
            if (trouble is null)
                reserve.TryTake();
            Measure(store!);
        }
        catch (SqliteException exception)
        {
            store!.Rollback();
            if (!retentionFailed)
                JournalLog.RetentionFailed(log, exception.Message);
            retentionFailed = true;
        }
    }

    private void Complain(string reason)
    {
        if (trouble is null)
            JournalLog.NotWritable(log, reason);
        trouble = reason;
    }

    private void Recovered()
    {
        if (trouble is null)
            return;
        trouble = null;
        JournalLog.WritableAgain(log);
    }

    private void AbandonHeld(string reason)
    {
        foreach (var work in held)
            work.Abandon(new JournalException("The journal closed before this was durable: " + reason));
        held.Clear();
    }
}
