using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Transport;

namespace PatchEdge.OpcUa.Server;

/// <summary>A policy with a mode under which a server may be reached.</summary>
public readonly record struct EndpointSecurity(SecurityPolicy Policy, MessageSecurityMode Mode);

/// <summary>How a server is reached and by whom. Validated when the server is made.</summary>
public sealed record UaServerOptions
{
    /// <summary>Such as <c>opc.tcp://127.0.0.1:0/line1</c>; port 0 takes a free one, see <see cref="UaServer.BoundEndpointUrl"/>.</summary>
    public required string EndpointUrl { get; init; }
    public string ApplicationName { get; init; } = "PatchEdge Server";

    /// <summary>Globally unique; also the URI of namespace 1 and the one in the application certificate.</summary>
    public required string ApplicationUri { get; init; }
    public string ProductUri { get; init; } = "urn:patchedge:server";

    /// <summary>Holds the own certificate and whom to trust; required unless only None is offered.</summary>
    public CertificateStore? CertificateStore { get; init; }

    /// <summary>What of a client's certificate may pass all the same.</summary>
    public CertificateLeniency? CertificateLeniency { get; init; }

    public IReadOnlyList<EndpointSecurity> Endpoints { get; init; } =
    [
        new(SecurityPolicy.Basic256Sha256, MessageSecurityMode.SignAndEncrypt),
        new(SecurityPolicy.Aes256_Sha256_RsaPss, MessageSecurityMode.SignAndEncrypt),
    ];

    public bool AllowAnonymous { get; init; } = true;

    /// <summary>Judges name and password; null offers no user names. Called from any thread; must not block.</summary>
    public Func<string, string, bool>? ValidateUser { get; init; }

    /// <summary>
    /// Judges the certificate of an X509 user token whose signature has been verified; null offers no such tokens. Called from
    /// any thread; must not block.
    /// </summary>
    public Func<UaCertificate, bool>? ValidateUserCertificate { get; init; }

    /// <summary>How the server is backed by others (Part 4 §6.6.2); <see cref="UaServerFaults.ServiceLevel"/> says which to prefer.</summary>
    public RedundancySupport Redundancy { get; init; } = RedundancySupport.None;

    /// <summary>ApplicationUris of the redundant set, this server's own included; shown unless Redundancy is None or Transparent.</summary>
    public IReadOnlyList<string> RedundantServerUris { get; init; } = [];

    public ServerLimits Limits { get; init; } = new();
    public TransportLimits Transport { get; init; } = new();
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <exception cref="ArgumentException">Names the property, its value and what is allowed.</exception>
    internal void Validate()
    {
        if (!Uri.TryCreate(EndpointUrl, UriKind.Absolute, out Uri? url) || url.Scheme != "opc.tcp")
            throw new ArgumentException($"{nameof(EndpointUrl)} is '{EndpointUrl}'; allowed: an URL such as opc.tcp://127.0.0.1:4840/path.");
        if (string.IsNullOrEmpty(ApplicationUri)) throw new ArgumentException($"{nameof(ApplicationUri)} is empty; allowed: an URI of this server's own.");
        if (Endpoints.Count == 0) throw new ArgumentException($"{nameof(Endpoints)} is empty; allowed: one policy with a mode or more.");
        foreach (EndpointSecurity endpoint in Endpoints)
        {
            bool modeFits = endpoint.Policy == SecurityPolicy.None
                ? endpoint.Mode == MessageSecurityMode.None
                : endpoint.Mode is MessageSecurityMode.Sign or MessageSecurityMode.SignAndEncrypt;
            if (!modeFits) throw new ArgumentException($"{nameof(Endpoints)} holds {endpoint.Policy} with {endpoint.Mode}; allowed: None with None, the others with Sign or SignAndEncrypt.");
        }
        if (NeedsCertificate && CertificateStore is null)
            throw new ArgumentException($"{nameof(CertificateStore)} is missing; allowed: none only when just the policy None is offered.");
        if (!AllowAnonymous && ValidateUser is null && ValidateUserCertificate is null)
            throw new ArgumentException($"Nobody may sign in; allow anonymous users or set {nameof(ValidateUser)} or {nameof(ValidateUserCertificate)}.");
        Limits.Validate();
        Transport.Validate();
    }

    internal bool NeedsCertificate => Endpoints.Any(endpoint => endpoint.Policy != SecurityPolicy.None);
}
