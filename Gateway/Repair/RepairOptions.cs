using System.Collections.Immutable;

namespace PatchEdge.Gateway.Repair;

/// <summary>How gently history is read.</summary>
internal sealed record RepairOptions
{
    /// <summary>How long after its end a gap is looked up for the first time: historians write with a delay.</summary>
    public TimeSpan Settling { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long to wait before each further attempt; after the last one the gap is declared.</summary>
    public ImmutableArray<TimeSpan> Delays { get; init; } = [TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15)];

    /// <summary>Least time between two requests to one server, each after the answer to the one before.</summary>
    public TimeSpan Pace { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Most nodes in one request.</summary>
    public int NodesPerRead { get; init; } = 10;

    /// <summary>Most values per node and answer.</summary>
    public int PageSize { get; init; } = 1000;

    /// <summary>Most values of one node before what they prove is put down and the rest becomes a repair of its own.</summary>
    public int MostValues { get; init; } = 10_000;

    /// <summary>A gap that ended longer ago, and still could not be looked up, is declared.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromDays(1);
}
