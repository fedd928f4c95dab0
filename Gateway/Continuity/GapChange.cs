using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Continuity;

/// <summary>A gap as it opened, closed or was repaired.</summary>
/// <param name="Source">Index in <see cref="ContinuityMap.Sources"/>.</param>
/// <param name="Gap">The record as it is now; the same <see cref="Gap.Id"/> at each change.</param>
internal readonly record struct GapChange(int Source, Gap Gap);
