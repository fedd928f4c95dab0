using Microsoft.Data.Sqlite;
using PatchEdge.Gateway.Continuity;

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
            commits = store.Scalar("SELECT value FROM meta WHERE key = 'commits'");
            if (commits == attemptedCommit && attempted is not null)
            {
                Finish(attempted);
                works.RemoveAll(work => work.Durable.IsCompleted);
            }

            attempted = null;
            return true;
        }
        catch (JournalException exception)
        {
            Complain(exception.Message);
            return false;
        }
    }

    private void Close()
    {
        try
        {
            store?.Dispose();
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
            JournalRetention.Apply(store!, options, sinks, Moment.Of(time.GetUtcNow()));
        }
        catch (SqliteException exception)
        {
            JournalLog.RetentionFailed(log, exception.Message);
            store!.Rollback();
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
