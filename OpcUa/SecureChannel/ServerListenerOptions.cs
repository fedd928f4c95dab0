using System.Net;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Transport;

namespace PatchEdge.OpcUa.SecureChannel;

/// <summary>Takes one whole request; owns and disposes the body. While it is awaited the channel reads no further.</summary>
internal delegate ValueTask RequestHandler(ServerChannel channel, uint requestId, PooledMessage request);

/// <summary>What a server's listener accepts.</summary>
internal sealed record ServerListenerOptions
{
    /// <summary>Port 0 takes a free one; see <see cref="ServerListener.LocalEndPoint"/>.</summary>
    public required IPEndPoint Address { get; init; }

    /// <summary>Combinations of policy and mode that a channel may be opened with.</summary>
    public required IReadOnlyList<(SecurityPolicy Policy, MessageSecurityMode Mode)> Offered { get; init; }

    /// <summary>
    /// Lets a channel without security be opened though none is offered, so that a client can ask for the endpoints. The
    /// server then answers discovery services alone on it: see <see cref="ServerChannel.IsForDiscoveryOnly"/>.
    /// </summary>
    public bool DiscoveryWithoutSecurity { get; init; } = true;

    /// <summary>Required unless only None is offered.</summary>
    public ApplicationCertificate? OwnCertificate { get; init; }

    /// <summary>Required unless only None is offered.</summary>
    public CertificateValidator? Validator { get; init; }

    public required RequestHandler OnRequest { get; init; }

    /// <summary>Called once for each channel that had been opened, with the reason; must not block.</summary>
    public Action<ServerChannel, Types.UaException>? OnClosed { get; init; }

    /// <summary>Called for a peer that was turned away before it had a channel, with address and reason; must not block.</summary>
    public Action<string, Types.UaException>? OnRefused { get; init; }

    public int MaxConnections { get; init; } = 200;
    public int MaxConnectionsPerAddress { get; init; } = 100;

    /// <summary>Bounds between which a requested token lifetime is revised.</summary>
    public TimeSpan ShortestLifetime { get; init; } = TimeSpan.FromSeconds(10);
    public TimeSpan LongestLifetime { get; init; } = TimeSpan.FromHours(1);

    public TransportLimits Limits { get; init; } = new();
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
