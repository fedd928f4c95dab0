namespace PatchEdge.Scheduler.Planning;

/// <summary>Who goes first among runs that compete for a host or a line.</summary>
internal static class Precedence
{
    /// <summary>A ready run goes before another of lower priority; among equals the earlier due, then the smaller id, so that two never wait for each other.</summary>
    public static bool GoesBefore(this RunFacts first, RunFacts second) => first.Ready && Compare(first, second) < 0;

    /// <summary>Below zero when the left one goes first; never zero for different runs.</summary>
    public static int Compare(RunFacts left, RunFacts right)
    {
        if (left.Priority != right.Priority)
            return right.Priority.CompareTo(left.Priority);
        var due = (left.Due ?? DateTimeOffset.MaxValue).CompareTo(right.Due ?? DateTimeOffset.MaxValue);
        return due != 0 ? due : string.CompareOrdinal(left.Id, right.Id);
    }
}
