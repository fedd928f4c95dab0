namespace PatchEdge.Gateway.Continuity;

/// <summary>The account of one source over one window: the three spans add up to the part of the window that the account covers.</summary>
/// <param name="Source">Index in <see cref="ContinuityMap.Sources"/>.</param>
/// <param name="Start">First moment of the window; the row's identity with its source.</param>
/// <param name="ObservedMs">Milliseconds with evidence.</param>
/// <param name="BackfilledMs">Milliseconds without, repaired later.</param>
/// <param name="GapMs">Milliseconds without.</param>
/// <param name="Counts">What arrived in the window; null when the row corrects an earlier one's spans.</param>
internal readonly record struct CoverageRow(int Source, Moment Start, long ObservedMs, long BackfilledMs, long GapMs, SampleCounts? Counts);

/// <param name="Samples">Values that arrived.</param>
/// <param name="Bad">Those among them that were not Good.</param>
/// <param name="Overflow">Those that told of an overflowed queue.</param>
/// <param name="LatencyP50Ms">Median from source to gateway, to the next power of two; null when not kept for this source or nothing arrived.</param>
/// <param name="LatencyMaxMs">Longest from source to gateway; null when nothing arrived.</param>
internal readonly record struct SampleCounts(long Samples, long Bad, long Overflow, double? LatencyP50Ms, double? LatencyMaxMs);
