using System.Collections.Immutable;
using PatchEdge.Scheduler.Planning;

namespace PatchEdge.Scheduler.Execution.Holds;

/// <summary>The holds as the last snapshot had them, for whoever shows lines. Thread-safe; at most as old as the last look of the runner.</summary>
internal sealed class HoldBoard
{
    private volatile Snapshot shown = new([]);

    public ImmutableArray<HoldFacts> Holds => shown.Holds;

    public ImmutableArray<HoldFacts> Show(ImmutableArray<HoldFacts> holds)
    {
        shown = new Snapshot(holds);
        return holds;
    }

    private sealed record Snapshot(ImmutableArray<HoldFacts> Holds);
}
