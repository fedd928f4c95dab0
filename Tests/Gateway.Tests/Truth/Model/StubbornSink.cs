using PatchEdge.Gateway.Delivery;
using PatchEdge.Gateway.Journal;

namespace PatchEdge.Gateway.Tests.Truth.Model;

/// <summary>A far end that takes everything, or nothing while it is away.</summary>
internal sealed class StubbornSink(string name) : ISink
{
    private TaskCompletionSource back = Done();

    public string Name => name;

    public string? Trouble => null;

    public SinkCounters Counters => default;

    /// <summary>Every value that it ever took: its source's number in the journal, and the value's own.</summary>
    public HashSet<(int Source, int Number)> Taken { get; } = [];

    public void GoAway() => back = new TaskCompletionSource();

    public void ComeBack() => back.TrySetResult();

    public async Task DeliverAsync(IReadOnlyList<JournalEntry> entries, int offset, Func<SinkPosition, Task> confirmed, CancellationToken cancel)
    {
        var given = new TaskCompletionSource();
        await using var registration = cancel.Register(() => given.TrySetCanceled(cancel));
        await await Task.WhenAny(back.Task, given.Task);
        foreach (var entry in entries.Where(entry => entry.Kind == JournalKind.Readings))
            Values.Take(entry, Taken);
        await confirmed(new SinkPosition(entries[^1].Id + 1, 0));
    }

    private static TaskCompletionSource Done()
    {
        var done = new TaskCompletionSource();
        done.SetResult();
        return done;
    }
}
