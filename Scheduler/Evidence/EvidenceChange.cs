namespace PatchEdge.Scheduler.Evidence;

internal enum EvidenceSubject
{
    /// <summary>Whatever was known: the connection to the broker was lost.</summary>
    Everything,
    Line,
    Gateway,
    Host,
}

/// <summary>What evidence has changed about, so that only what rests on it needs to be judged anew.</summary>
/// <param name="Subject">Kind of thing.</param>
/// <param name="Name">Its name; empty for everything.</param>
internal readonly record struct EvidenceChange(EvidenceSubject Subject, string Name);
