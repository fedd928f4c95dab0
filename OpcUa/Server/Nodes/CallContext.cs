using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Nodes;

/// <summary>Who asks, for write and method handlers.</summary>
public sealed record CallContext
{
    public required NodeId SessionId { get; init; }
    public required string SessionName { get; init; }

    /// <summary>Null for an anonymous user; the subject of the certificate for an X509 token.</summary>
    public string? UserName { get; init; }
    public string? ApplicationUri { get; init; }

    /// <summary>Address and port of the client.</summary>
    public required string Peer { get; init; }

    /// <summary>Ends when the session closes or the server stops.</summary>
    public CancellationToken CancellationToken { get; init; }
}
