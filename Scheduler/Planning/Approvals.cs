using PatchEdge.Scheduler.Ledger.Signatures;

namespace PatchEdge.Scheduler.Planning;

/// <summary>Which approvals count.</summary>
internal static class Approvals
{
    /// <summary>Different people, not the one who requested, over the content as it stands now; ordered by time.</summary>
    public static IEnumerable<string> ValidApprovers(this JobFacts job) => job.Approvals
        .Where(approval => approval.ContentHash == job.ContentHash && !Persons.Same(approval.By, job.RequestedBy))
        .OrderBy(approval => approval.At)
        .Select(approval => approval.By)
        .Distinct(Persons.Comparer);
}
