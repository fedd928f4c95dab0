using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>What a subscription's delivery loop takes, one at a time and in order.</summary>
internal abstract record SubscriptionInput
{
    /// <summary>A Publish response for this subscription; the loop disposes it.</summary>
    public sealed record Message(PooledMessage Response, Arrival At) : SubscriptionInput;

    /// <summary>The connection is gone.</summary>
    public sealed record Disconnected(UaException Reason, Arrival At) : SubscriptionInput;

    /// <summary>A connection is there again. The loop repairs the subscription and says when it has tried.</summary>
    public sealed record Connected(Session Session, RecoveryKind Kind, TaskCompletionSource Done) : SubscriptionInput;

    /// <summary>Nothing came for too long; <paramref name="Times"/> in a row, <paramref name="Over"/> this connection: of a later one it says nothing.</summary>
    public sealed record Silent(TimeSpan Silence, int Times, SubscriptionBinding? Over) : SubscriptionInput;

    /// <summary>The server has no such subscription any more, or, uncertain, may have none.</summary>
    public sealed record Gone(uint SubscriptionId, UaException Reason, bool IsCertain = true) : SubscriptionInput;

    /// <summary>News for the sink that came from elsewhere.</summary>
    public sealed record News(IReadOnlyList<SubscriptionStatus> Statuses) : SubscriptionInput;
}
