using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server;

/// <summary>Kinds of <see cref="UaServerEvent"/>.</summary>
public enum UaServerEventKind
{
    /// <summary>A peer was turned away before it had a channel; the detail has the local reason.</summary>
    ConnectionRefused,
    ChannelClosed,
    SessionCreated,
    SessionActivated,

    /// <summary>A session could not be created or activated; the detail has the local reason, the peer heard less.</summary>
    SessionRefused,
    SessionClosed,
    SessionTimedOut,
    SubscriptionCreated,
    SubscriptionTransferred,
    SubscriptionDeleted,
    SubscriptionTimedOut,

    /// <summary>A handler or source threw; the peer heard BadInternalError.</summary>
    HandlerFailed,
}

/// <summary>Something that happened at a server, for its owner's log.</summary>
/// <param name="Kind">What it was.</param>
/// <param name="Peer">Address and port of the client, where there is one.</param>
/// <param name="Status">Good, or why.</param>
/// <param name="Detail">One sentence. May hold text that a client chose: encode it before showing it.</param>
public sealed record UaServerEvent(UaServerEventKind Kind, string? Peer, StatusCode Status, string Detail);
