using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>Something worth a log line. Handlers run on the client's own loops and must not block.</summary>
public abstract record UaClientEvent(DateTimeOffset At)
{
    public sealed record StateChanged(DateTimeOffset At, UaClientState Previous, UaClientState Current) : UaClientEvent(At);

    public sealed record ConnectionLost(DateTimeOffset At, UaException Reason) : UaClientEvent(At);

    public sealed record ReconnectFailed(DateTimeOffset At, int Attempt, UaException Reason, TimeSpan RetryIn) : UaClientEvent(At);

    /// <param name="SessionResumed">The old session was taken up again; otherwise there is a new one.</param>
    public sealed record Reconnected(DateTimeOffset At, bool SessionResumed, int Attempts, TimeSpan Outage) : UaClientEvent(At);

    /// <summary>The secure channel has a fresh token.</summary>
    public sealed record TokenRenewed(DateTimeOffset At, TimeSpan Lifetime) : UaClientEvent(At);

    /// <summary>The server granted something else than asked; everything works from the revised value.</summary>
    public sealed record RevisedDiffers(DateTimeOffset At, string What, string Requested, string Revised) : UaClientEvent(At);

    /// <summary>How many items of one call got another sampling interval or queue than asked.</summary>
    public sealed record ItemsRevised(DateTimeOffset At, uint SubscriptionId, int Items, MonitoredItemResult Example) : UaClientEvent(At);

    public sealed record ItemRejected(DateTimeOffset At, uint SubscriptionId, MonitoredItemResult Result, TimeSpan RetryIn) : UaClientEvent(At);

    public sealed record ItemAccepted(DateTimeOffset At, uint SubscriptionId, MonitoredItemResult Result) : UaClientEvent(At);

    /// <summary>The server takes fewer operations in one call than its limits promise, or has none.</summary>
    public sealed record BatchLowered(DateTimeOffset At, string Service, int From, int To, StatusCode Reason) : UaClientEvent(At);

    /// <summary>The server takes fewer outstanding Publish requests.</summary>
    public sealed record PublishRequestsLowered(DateTimeOffset At, int From, int To) : UaClientEvent(At);

    /// <summary>A response that was a duplicate, late, of the wrong type, malformed, or for no subscription of ours.</summary>
    public sealed record ResponseDropped(DateTimeOffset At, string What, StatusCode Status) : UaClientEvent(At);

    public sealed record NotificationsLost(DateTimeOffset At, uint SubscriptionId, uint First, uint Last, StatusCode Reason) : UaClientEvent(At);

    /// <summary>Namespace URIs moved since the last session; ids given with a URI were resolved again.</summary>
    public sealed record NamespacesChanged(DateTimeOffset At, IReadOnlyList<string?> Previous, IReadOnlyList<string?> Current) : UaClientEvent(At);

    /// <summary>The server's certificate is another one than in the connection before; it passed every check.</summary>
    public sealed record ServerCertificateChanged(DateTimeOffset At, string Previous, string Current) : UaClientEvent(At);

    /// <summary>Something that the configuration permits and a careful reader should know, such as a password in clear.</summary>
    public sealed record SecurityWarning(DateTimeOffset At, string What) : UaClientEvent(At);

    /// <summary>A sink or an event handler threw; a bug there, not here.</summary>
    public sealed record HandlerFailed(DateTimeOffset At, string Where, Exception Failure) : UaClientEvent(At);
}
