namespace PatchEdge.Gateway.Journal.Storage;

/// <summary>
/// Cursors that moved since the last commit, the newest of each sink. They go with the next commit; when none is made for so long, one is asked for. From any thread.
/// </summary>
internal sealed class CursorMoves : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, SinkPosition> moved = new(StringComparer.Ordinal);
    private readonly TimeSpan patience;
    private readonly ITimer timer;

    /// <param name="time">For the patience.</param>
    /// <param name="patience">How long to wait for a commit.</param>
    /// <param name="ask">Asks for one; must not block.</param>
    public CursorMoves(TimeProvider time, TimeSpan patience, Action ask)
    {
        this.patience = patience;
        timer = time.CreateTimer(static state => ((Action)state!)(), ask, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Add(string sink, SinkPosition position)
    {
        lock (gate)
        {
            if (moved.Count == 0)
                timer.Change(patience, Timeout.InfiniteTimeSpan);
            moved[sink] = position;
        }
    }

    /// <summary>Takes all of them out, as works that write them.</summary>
    public void Take(List<JournalWork> works)
    {
        lock (gate)
        {
            if (moved.Count == 0)
                return;
            foreach (var (sink, position) in moved)
                works.Add(new CursorMove(sink, position));
            moved.Clear();
            timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => timer.Dispose();
}
