using PatchEdge.OpcUa.Services;

namespace PatchEdge.OpcUa.Client;

/// <summary>What may be asked without a session, on an unprotected channel (Part 4 §5.4). Treat every answer as hearsay.</summary>
public static class UaDiscovery
{
    /// <summary>Endpoints of the server at a URL (Part 4, GetEndpoints).</summary>
    public static Task<EndpointDescription[]> GetEndpointsAsync(string url, DiscoveryOptions options, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Servers that a server or discovery server knows (Part 4, FindServers).</summary>
    public static Task<ApplicationDescription[]> FindServersAsync(string url, DiscoveryOptions options, CancellationToken cancellation) => throw new NotImplementedException();
}
