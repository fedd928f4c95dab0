using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.SecureChannel;

/// <summary>Where a client's channel leads and how it is protected.</summary>
internal sealed record ClientChannelOptions
{
    /// <summary>opc.tcp://host:port/path; 4840 where no port is given.</summary>
    public required string EndpointUrl { get; init; }

    public SecurityPolicy SecurityPolicy { get; init; }
    public MessageSecurityMode SecurityMode { get; init; } = MessageSecurityMode.None;

    /// <summary>Own certificate and key; required unless the policy is None.</summary>
    public ApplicationCertificate? OwnCertificate { get; init; }

    /// <summary>The server's certificate as its endpoint description gave it; required unless the policy is None.</summary>
    public ReadOnlyMemory<byte> ServerCertificate { get; init; }

    /// <summary>ApplicationUri of the endpoint description, which the certificate must carry; null leaves that unchecked.</summary>
    public string? ServerApplicationUri { get; init; }

    /// <summary>Judges the server's certificate at each opening and renewal; required unless the policy is None.</summary>
    public CertificateValidator? Validator { get; init; }

    /// <summary>Asked of the server, which may revise it.</summary>
    public TimeSpan RequestedLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>For connecting, Hello and OpenSecureChannel together, and for each renewal.</summary>
    public TimeSpan OpenTimeout { get; init; } = TimeSpan.FromSeconds(15);

    public TransportLimits Limits { get; init; } = new();
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Called after each renewal with the revised lifetime; must not block.</summary>
    public Action<TimeSpan>? TokenRenewed { get; init; }

    /// <summary>Called with what and why for each answer that is let go: late, sent twice, of another type, malformed. Must not block.</summary>
    public Action<string, StatusCode>? ResponseDropped { get; init; }

    /// <summary>Called with the number of values in an answer that could not be decoded, if any. Must not block.</summary>
    public Action<long>? ValuesMalformed { get; init; }
}
