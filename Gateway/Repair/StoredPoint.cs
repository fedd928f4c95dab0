using PatchEdge.Gateway.Continuity;

namespace PatchEdge.Gateway.Repair;

/// <summary>A stored value as a proof sees it.</summary>
/// <param name="At">Its source time, by the gateway's clock.</param>
/// <param name="IsGood">Its quality; what follows a value that is not Good is as doubtful as the value.</param>
internal readonly record struct StoredPoint(Moment At, bool IsGood);
