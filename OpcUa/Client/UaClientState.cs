namespace PatchEdge.OpcUa.Client;

/// <summary>Where a <see cref="UaClient"/> stands.</summary>
public enum UaClientState
{
    /// <summary>Not connected yet.</summary>
    Disconnected,
    Connecting,
    Connected,

    /// <summary>The connection was lost; the loop that owns it is bringing it back. Services throw meanwhile.</summary>
    Reconnecting,

    /// <summary>Disposed; for good.</summary>
    Closed,
}
