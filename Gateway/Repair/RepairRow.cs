using PatchEdge.Gateway.Continuity;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Repair;

/// <summary>A gap whose values are still to be looked up, as the journal keeps it: written with the gap's end, deleted with the repair.</summary>
/// <param name="Gap">Its identity.</param>
/// <param name="Server">Whose history to read.</param>
/// <param name="Urgency">Higher goes first.</param>
/// <param name="Due">Not before.</param>
/// <param name="Attempts">Made so far.</param>
/// <param name="Seam">Source time, in ticks, of the value that came through the subscription when the gap ended: from there on history has nothing new. Zero when there was none.</param>
internal sealed record RepairRow(string Gap, string Server, RepairUrgency Urgency, Moment Due, int Attempts, long Seam);

/// <param name="Gap">As it ended.</param>
/// <param name="Row">What is to be done.</param>
internal sealed record PendingRepair(Gap Gap, RepairRow Row);

/// <summary>Which repairs go first. Numbers are on disk: never change one.</summary>
internal enum RepairUrgency
{
    Usual = 0,

    /// <summary>Its monitoring demonstrates conformance.</summary>
    Critical = 1,

    /// <summary>A line's conditions look at it: read from the newest value to the oldest.</summary>
    LineState = 2,
}
