namespace PatchEdge.Gateway.Continuity.Report;

/// <summary>How long something was the matter of a line: a patch run held it, or a batch was on it.</summary>
/// <param name="Line">The line.</param>
/// <param name="Start">From when, as the gateway saw it.</param>
/// <param name="End">Until when, exclusive; null while it goes on.</param>
internal sealed record LineSpan(string Line, Moment Start, Moment? End);
