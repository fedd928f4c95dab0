using System.Collections.Immutable;
using PatchEdge.Scheduler.Ledger.Signatures;
using PatchEdge.Scheduler.Planning.Coverage;

namespace PatchEdge.Scheduler.Planning;

public enum WaiverKind
{
    /// <summary>Somebody stands by a line that cannot be held, and keeps it from starting. One signature.</summary>
    StandBy,

    /// <summary>Calendar and approvals do not count for one run, because waiting would be worse. Two signatures.</summary>
    BreakGlass,

    /// <summary>Named critical tags may be without any path for so long while one run has its host. Two signatures.</summary>
    GapBudget,
}

/// <summary>What people signed about one run, as gates see it.</summary>
/// <param name="RunId">The one attempt that it covers.</param>
/// <param name="Kind">What was signed.</param>
/// <param name="Subject">The line that somebody stands by; empty for a break-glass.</param>
/// <param name="By">Who signed, in order.</param>
/// <param name="Reason">Why.</param>
/// <param name="Until">Ends then, UTC.</param>
/// <param name="Gap">What may be lost of the record, for a gap budget and for a break-glass that includes one; null when nothing.</param>
internal sealed record WaiverFacts(string RunId, WaiverKind Kind, string Subject, ImmutableArray<string> By, string Reason, DateTimeOffset Until, GapBudget? Gap = null)
{
    /// <summary>Whether it counts now: not over, and signed by as many as its kind needs.</summary>
    public bool Counts(DateTimeOffset now) => now < Until && By.Distinct(Persons.Comparer).Count() >= Needed(Kind);

    /// <summary>How many people must sign.</summary>
    public static int Needed(WaiverKind kind) => kind == WaiverKind.StandBy ? 1 : 2;
}
