using System.Collections.Concurrent;
using System.Collections.Immutable;
using PatchEdge.Scheduler.Planning.Coverage;

namespace PatchEdge.Scheduler.Execution;

/// <summary>What the runner remembers of runs on the monotonic clock. Lost at a restart, on purpose: every span then counts anew, from the restart.</summary>
/// <remarks>Only the runner's loop writes; <see cref="IsReady"/> may be read from anywhere.</remarks>
internal sealed class RunMemory(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Remembered> runs = new(StringComparer.Ordinal);

    /// <summary>The run's gates are open and its agent has been asked.</summary>
    public bool IsReady(string runId) => runs.TryGetValue(runId, out var run) && run.Ready;

    /// <summary>Since its lines were asked, on the monotonic clock; null when that was before the last restart.</summary>
    public TimeSpan? HeldFor(string runId) => runs.TryGetValue(runId, out var run) ? run.Held.Elapsed : null;

    /// <summary>Runs to look at although nothing happened: a gate was expected to open by now, or the agent is to be asked again.</summary>
    public IReadOnlyList<string> TakeDue()
    {
        var now = time.GetUtcNow();
        var due = new List<string>();
        foreach (var (id, run) in runs)
            if (run.LookAgainAt <= now || run.OfferedFirst.Elapsed is not null)
            {
                run.LookAgainAt = null;
                due.Add(id);
            }

        return due;
    }

    public Remembered Of(string runId) => runs.GetOrAdd(runId, _ => new Remembered(time));

    /// <summary>As after a restart.</summary>
    public void Clear() => runs.Clear();

    public void Forget(string runId) => runs.TryRemove(runId, out _);
}

/// <summary>One run's times.</summary>
internal sealed class Remembered(TimeProvider time)
{
    private volatile bool ready;

    public bool Ready
    {
        get => ready;
        set => ready = value;
    }

    /// <summary>Since its gates opened and it was offered, without an answer.</summary>
    public Stopwatch OfferedFirst { get; } = new(time);

    public Stopwatch OfferedLast { get; } = new(time);

    /// <summary>Since its lines were first asked to refuse a start.</summary>
    public Stopwatch Held { get; } = new(time);

    /// <summary>Since the permit was sent.</summary>
    public Stopwatch Released { get; } = new(time);

    /// <summary>Since the agent was last heard about this run.</summary>
    public Stopwatch Heard { get; } = new(time);

    /// <summary>Since verifying was first looked at.</summary>
    public Stopwatch Verifying { get; } = new(time);

    /// <summary>Since host and lines have been healthy without a break.</summary>
    public Stopwatch Healthy { get; } = new(time);

    /// <summary>When a gate that blocks is expected to open, UTC; null when none is, or when it was looked at.</summary>
    public DateTimeOffset? LookAgainAt { get; set; }

    /// <summary>What <see cref="FlowBefore"/> has read or noted; null before.</summary>
    public ImmutableHashSet<NotFlowing>? NotFlowing { get; set; }

    /// <summary>The last refusal that was recorded, so that the same one is recorded once.</summary>
    public string LastRefusal { get; set; } = "";
}

/// <summary>A span on the monotonic clock that may not have begun.</summary>
internal sealed class Stopwatch(TimeProvider time)
{
    private long? start;

    /// <summary>Null while it has not begun.</summary>
    public TimeSpan? Elapsed => start is { } begun ? time.GetElapsedTime(begun) : null;

    public void Restart() => start = time.GetTimestamp();

    /// <summary>Begins unless it has begun.</summary>
    public TimeSpan StartOnce()
    {
        start ??= time.GetTimestamp();
        return time.GetElapsedTime(start.Value);
    }

    public void Clear() => start = null;
}
