using PatchEdge.Scheduler.Execution.Holds;

namespace PatchEdge.Scheduler.Planning;

/// <summary>One line's hold as gates see it. A run that is over keeps it until the line was heard to be free.</summary>
/// <param name="RunId">Whose hold it is.</param>
/// <param name="Line">The line.</param>
/// <param name="Token">The token it was asked with.</param>
/// <param name="Stage">How far it has come.</param>
/// <param name="Epoch">The controller's count of grants; null when it did not say.</param>
/// <param name="Since">When it was asked, UTC.</param>
/// <param name="Until">When it may expire at the earliest, UTC.</param>
/// <param name="Expired">It may have expired by the wall clock or by the monotonic one, whichever runs ahead.</param>
internal sealed record HoldFacts(string RunId, string Line, long Token, HoldStage Stage, long? Epoch, DateTimeOffset Since, DateTimeOffset Until, bool Expired)
{
    /// <summary>When the line was read again after the grant, UTC by the gateway's clock; null before.</summary>
    public DateTimeOffset? GrantedAt { get; init; }
}
