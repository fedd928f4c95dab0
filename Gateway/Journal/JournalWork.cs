using PatchEdge.Gateway.Journal.Storage;

namespace PatchEdge.Gateway.Journal;

/// <summary>Something to be written as a whole: with others in one transaction, or not at all.</summary>
internal abstract class JournalWork
{
    private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the work is durable; fails when the journal closes before.</summary>
    public Task Durable => done.Task;

    /// <summary>The same, but ends in the context of whoever asks, if there is one: <see cref="Durable"/> itself lets go of it when several are waited for.</summary>
    public async Task DurableAsync() => await Durable;

    /// <summary>May not use the room that is reserved for what must never be dropped.</summary>
    public virtual bool MayWait => false;

    /// <summary>Rough size in bytes, to bound a transaction.</summary>
    public virtual int Weight => 256;

    /// <summary>Writes into the open transaction; may run again after a failure.</summary>
    public abstract void Write(JournalStore store);

    /// <summary>After the commit, on the journal's loop: must not block.</summary>
    public virtual void Committed() => done.TrySetResult();

    public void Abandon(Exception reason) => done.TrySetException(reason);
}

/// <summary>A sink has received everything before a position.</summary>
internal sealed class CursorMove(string sink, SinkPosition position) : JournalWork
{
    public override void Write(JournalStore store) => store.PutCursor(sink, position);
}

/// <summary>Begins a commit for what waits for one.</summary>
internal sealed class NothingMore : JournalWork
{
    public override void Write(JournalStore store)
    {
        // What waited is written beside it.
    }
}

/// <summary>A head of the scheduler's ledger that was heard.</summary>
internal sealed class LedgerHeadWork(Continuity.Moment at, string token) : JournalWork
{
    public override void Write(JournalStore store) => store.Append(JournalKind.LedgerHead, at, 1, System.Text.Encoding.ASCII.GetBytes(token));
}

/// <summary>A sink refuses something for good: it is kept aside with the sink's words.</summary>
internal sealed class QuarantineWork(string sink, Continuity.Moment at, IReadOnlyList<QuarantinedItem> items) : JournalWork
{
    private const int MostContent = 4096;

    public override void Write(JournalStore store)
    {
        foreach (var item in items)
            store.Quarantine(sink, item.Entry, at, item.Content.Length > MostContent ? item.Content[..MostContent] : item.Content, item.Reason.Length > MostContent ? item.Reason[..MostContent] : item.Reason);
    }
}

/// <param name="Entry">The entry that it came from.</param>
/// <param name="Content">What was refused.</param>
/// <param name="Reason">Why, in the sink's words.</param>
internal readonly record struct QuarantinedItem(long Entry, string Content, string Reason);

/// <summary>
/// Sources get their numbers, once and for ever, and with them how they are monitored from now on: a number without it would pass for one from
/// before it was noted, and a tag that is new for one that was always there.
/// </summary>
internal sealed class SourcesWork(
    IReadOnlyList<(int Id, string Tag, string Server)> sources, IReadOnlyList<(int Source, Continuity.Moment Since, string Text)> definitions) : JournalWork
{
    public override void Write(JournalStore store)
    {
        foreach (var (id, tag, server) in sources)
            store.PutSource(id, tag, server);
        foreach (var (source, since, text) in definitions)
            store.Execute("INSERT INTO definition(source, since, text) VALUES ($1, $2, $3) ON CONFLICT(source) DO UPDATE SET text = excluded.text", source, since.UnixMilliseconds, text);
    }
}
