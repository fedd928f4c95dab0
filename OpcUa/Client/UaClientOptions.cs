using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Transport;

namespace PatchEdge.OpcUa.Client;

/// <summary>Where a <see cref="UaClient"/> connects, as whom, how protected, and how patient it is.</summary>
public sealed record UaClientOptions
{
    /// <summary><c>opc.tcp://host:port/path</c>; 4840 where no port is given.</summary>
    public required string EndpointUrl { get; init; }

    /// <summary>Pinned: an endpoint of exactly this policy and <see cref="MessageSecurityMode"/> is used, or none.</summary>
    public SecurityPolicy SecurityPolicy { get; init; } = SecurityPolicy.Basic256Sha256;

    public MessageSecurityMode MessageSecurityMode { get; init; } = MessageSecurityMode.SignAndEncrypt;

    public UserIdentity UserIdentity { get; init; } = UserIdentity.Anonymous;

    /// <summary>Own certificate and trust list; required unless the policy is None and no password has to be encrypted.</summary>
    public CertificateStore? CertificateStore { get; init; }

    public CertificateLeniency CertificateLeniency { get; init; } = new();

    public string ApplicationName { get; init; } = "PatchEdge";

    /// <summary>Must equal the URI in the own certificate; the certificate of a first run is made with it.</summary>
    public string ApplicationUri { get; init; } = $"urn:{Environment.MachineName.ToLowerInvariant()}:patchedge";

    /// <summary>How long the server is asked to keep the session while we are away.</summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>For one service call, from sending to the decoded answer. A late answer is dropped; the connection stays.</summary>
    public TimeSpan OperationTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>For one attempt to connect, until the session is active.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Between two reads of the server's state and clock.</summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Reads of the server's state without any answer at all before the connection is taken for dead.</summary>
    public int KeepAliveAttempts { get; init; } = 3;

    /// <summary>Lifetime to ask for the channel's token; renewed at three quarters.</summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Publish requests outstanding at most, however long the round trip.</summary>
    public int MaxPublishRequests { get; init; } = 10;

    /// <summary>Operations in one call where the server names no limit, and the most where it does.</summary>
    public int MaxOperationsPerCall { get; init; } = 5000;

    /// <summary>Send a password readable to anyone on the wire when the server asks for it so. Reported at each connection.</summary>
    public bool AllowPasswordWithoutEncryption { get; init; }

    public ReconnectBackoff ReconnectBackoff { get; init; } = new();

    public TransportLimits TransportLimits { get; init; } = new();

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Throws <see cref="ArgumentException"/> that names the property and what is allowed.</summary>
    public void Validate()
    {
        Require(Uri.TryCreate(EndpointUrl, UriKind.Absolute, out var url) && url.Scheme == "opc.tcp" && url.Host.Length > 0,
            nameof(EndpointUrl), $"opc.tcp://host:port/path, not '{EndpointUrl}'");
        Require((SecurityPolicy == SecurityPolicy.None) == (MessageSecurityMode == MessageSecurityMode.None) && MessageSecurityMode != MessageSecurityMode.Invalid,
            nameof(MessageSecurityMode), "None with policy None; Sign or SignAndEncrypt with any other");
        Require(SecurityPolicy == SecurityPolicy.None || CertificateStore is not null, nameof(CertificateStore), "a certificate store, unless the policy is None");
        Require(ApplicationUri.Length is > 0 and < 4096, nameof(ApplicationUri), "a URI such as urn:host:application");
        Require(SessionTimeout > TimeSpan.Zero, nameof(SessionTimeout), "more than zero");
        Require(OperationTimeout > TimeSpan.Zero, nameof(OperationTimeout), "more than zero");
        Require(ConnectTimeout > TimeSpan.Zero, nameof(ConnectTimeout), "more than zero");
        Require(KeepAliveInterval > TimeSpan.Zero, nameof(KeepAliveInterval), "more than zero");
        Require(KeepAliveAttempts >= 1, nameof(KeepAliveAttempts), "1 or more");
        Require(MaxPublishRequests is >= 1 and <= 100, nameof(MaxPublishRequests), "1 to 100");
        Require(MaxOperationsPerCall is >= 1 and <= 100_000, nameof(MaxOperationsPerCall), "1 to 100000");
        TransportLimits.Validate();
    }

    private static void Require(bool holds, string name, string allowed)
    {
        if (!holds)
            throw new ArgumentException($"{nameof(UaClientOptions)}.{name} is wrong; allowed: {allowed}.", name);
    }
}
