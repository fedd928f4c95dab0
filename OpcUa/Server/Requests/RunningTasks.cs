using System.Collections.Concurrent;

namespace PatchEdge.OpcUa.Server.Requests;

/// <summary>Work that nobody waits for until the server stops: each is kept until it ends, and none may throw.</summary>
internal sealed class RunningTasks
{
    private readonly ConcurrentDictionary<Task, byte> running = new();

    public void Add(Task task)
    {
        if (task.IsCompleted) return;
        running.TryAdd(task, 0);
        task.ContinueWith(static (ended, set) => ((ConcurrentDictionary<Task, byte>)set!).TryRemove(ended, out _), running, TaskScheduler.Default);
    }

    public void Add(ValueTask task)
    {
        if (!task.IsCompletedSuccessfully) Add(task.AsTask());
    }

    public Task WhenAllEnded() => Task.WhenAll(running.Keys);
}
