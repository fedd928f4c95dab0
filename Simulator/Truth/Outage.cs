namespace PatchEdge.Simulator.Truth;

/// <summary>A program did not run, or stood still.</summary>
/// <param name="Program">A server or a gateway, as the plant file names it.</param>
/// <param name="From">When its end was noticed, or it was stopped, UTC.</param>
/// <param name="To">When its process was there again, UTC; it needs longer to do its work.</param>
/// <param name="IsFrozen">It stood still, its connections open: what reached it meanwhile it may have taken in afterwards.</param>
internal sealed record Outage(string Program, DateTimeOffset From, DateTimeOffset To, bool IsFrozen);

/// <summary>A part of a tag's time that one gateway says it did not observe.</summary>
internal sealed record RecordedPart(string Gateway, string Tag, DateTimeOffset Start, DateTimeOffset End, string Cause);
