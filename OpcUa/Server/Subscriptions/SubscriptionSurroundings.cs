using PatchEdge.OpcUa.Server.Requests;

namespace PatchEdge.OpcUa.Server.Subscriptions;

/// <summary>What a subscription needs of its server.</summary>
/// <param name="Limits">Of the server.</param>
/// <param name="TimeProvider">Clock and timers.</param>
/// <param name="Responder">Sends the responses.</param>
/// <param name="OnExpired">Told once, from the subscription's loop, that nobody asked for it any more; must not block.</param>
internal sealed record SubscriptionSurroundings(ServerLimits Limits, TimeProvider TimeProvider, Responder Responder, Action<ServerSubscription> OnExpired);
