using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Discovery;

/// <summary>What the server says about itself before anybody has a session (Part 4 §5.4).</summary>
internal sealed class EndpointCatalogue(UaServerOptions options, ApplicationCertificate? certificate)
{
    private const string BinaryTransport = "http://opcfoundation.org/UA-Profile/Transport/uatcp-uasc-uabinary";

    /// <summary>Set once the port is bound.</summary>
    public string BoundEndpointUrl { get; set; } = options.EndpointUrl;

    public FindServersResponse FindServers(FindServersRequest request)
    {
        bool asked = request.ServerUris.Length == 0 || request.ServerUris.Contains(options.ApplicationUri);
        return new FindServersResponse { Servers = asked ? [Application(UrlFor(request.EndpointUrl))] : [] };
    }

    public GetEndpointsResponse GetEndpoints(GetEndpointsRequest request)
    {
        bool asked = request.ProfileUris.Length == 0 || request.ProfileUris.Contains(BinaryTransport);
        return new GetEndpointsResponse { Endpoints = asked ? Endpoints(request.EndpointUrl) : [] };
    }

    public EndpointDescription[] Endpoints(string? usedUrl)
    {
        string url = UrlFor(usedUrl);
        ApplicationDescription application = Application(url);
        return [.. options.Endpoints.Select(endpoint => new EndpointDescription
        {
            EndpointUrl = url,
            Server = application,
            ServerCertificate = certificate?.Chain,
            SecurityMode = endpoint.Mode,
            SecurityPolicyUri = PolicyProfile.Of(endpoint.Policy).Uri,
            UserIdentityTokens = UserTokenPolicies(endpoint.Policy),
            TransportProfileUri = BinaryTransport,
            SecurityLevel = Level(endpoint),
        })];
    }

    /// <summary>
    /// Kinds of user on an endpoint. Where the channel itself protects nothing, passwords and signatures use a policy of their
    /// own, as long as the server has a certificate for it.
    /// </summary>
    public UserTokenPolicy[] UserTokenPolicies(SecurityPolicy channelPolicy)
    {
        SecurityPolicy policy = channelPolicy == SecurityPolicy.None && certificate is not null ? SecurityPolicy.Basic256Sha256 : channelPolicy;
        var offered = new List<UserTokenPolicy>();
        if (options.AllowAnonymous) offered.Add(new UserTokenPolicy { PolicyId = "anonymous", TokenType = UserTokenType.Anonymous });
        if (options.ValidateUser is not null) offered.Add(Policy("username", UserTokenType.UserName));
        if (options.ValidateUserCertificate is not null && policy != SecurityPolicy.None) offered.Add(Policy("certificate", UserTokenType.Certificate));
        return [.. offered];

        UserTokenPolicy Policy(string kind, UserTokenType type) => new()
        {
            PolicyId = $"{kind}_{policy}",
            TokenType = type,
            SecurityPolicyUri = PolicyProfile.Of(policy).Uri,
        };
    }

    private ApplicationDescription Application(string url) => new()
    {
        ApplicationUri = options.ApplicationUri,
        ProductUri = options.ProductUri,
        ApplicationName = new LocalizedText("en", options.ApplicationName),
        ApplicationType = ApplicationType.Server,
        DiscoveryUrls = [url],
    };

    /// <summary>
    /// Our URL with the host that the client used, for it may know this machine by a name that we do not (Part 4, GetEndpoints).
    /// Only a well-formed host comes back, never the rest of what it sent.
    /// </summary>
    private string UrlFor(string? usedUrl)
    {
        if (usedUrl is not { Length: < 4096 } || !Uri.TryCreate(usedUrl, UriKind.Absolute, out Uri? used) || used.Scheme != "opc.tcp") return BoundEndpointUrl;
        if (used.HostNameType is not (UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6)) return BoundEndpointUrl;
        var bound = new Uri(BoundEndpointUrl);
        string host = used.HostNameType == UriHostNameType.IPv6 ? $"[{used.IdnHost}]" : used.IdnHost;
        return $"opc.tcp://{host}:{bound.Port}{(bound.AbsolutePath == "/" ? "" : bound.AbsolutePath)}";
    }

    private static byte Level(EndpointSecurity endpoint) => (byte)((int)endpoint.Mode * 10 + endpoint.Policy switch
    {
        SecurityPolicy.None => -10,
        SecurityPolicy.Aes128_Sha256_RsaOaep => 1,
        SecurityPolicy.Basic256Sha256 => 2,
        _ => 3,
    });
}
