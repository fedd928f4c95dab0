using System.Collections.Immutable;
using PatchEdge.Scheduler.Ledger.Signatures;

namespace PatchEdge.Scheduler.Planning;

/// <summary>Which approvals count.</summary>
internal static class Approvals
{
    /// <summary>Different people, not the one who requested, over the content as it stands now; ordered by time.</summary>
    public static ImmutableArray<string> ValidApprovers(this JobFacts job) => job.Approvals switch
    {
        [] => [],
        // The usual case, of which there may be a hundred thousand.
        [var only] => Counts(only, job) ? [only.By] : [],
        _ => OfSeveral(job),
    };

    private static ImmutableArray<string> OfSeveral(JobFacts job) =>
        [.. job.Approvals.Where(approval => Counts(approval, job)).OrderBy(approval => approval.At).Select(approval => approval.By).Distinct(Persons.Comparer)];

    private static bool Counts(ApprovalFact approval, JobFacts job) => approval.ContentHash == job.ContentHash && !Persons.Same(approval.By, job.RequestedBy);
}
