namespace PatchEdge.Gateway.Continuity.Runs;

/// <summary>A patch run had a line held: by the holds that passed through this gateway.</summary>
/// <param name="Run">Its id.</param>
/// <param name="Line">The line.</param>
/// <param name="Start">When the controller granted the hold.</param>
/// <param name="End">When it was asked to clear it; null while held.</param>
internal sealed record RunSpan(string Run, string Line, Moment Start, Moment? End);
