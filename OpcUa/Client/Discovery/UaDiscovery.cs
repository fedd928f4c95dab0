using PatchEdge.OpcUa.SecureChannel;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>What may be asked without a session, on an unprotected channel (Part 4 §5.4). Treat every answer as hearsay.</summary>
public static class UaDiscovery
{
    /// <summary>Endpoints of the server at a URL (Part 4, GetEndpoints).</summary>
    public static async Task<EndpointDescription[]> GetEndpointsAsync(string url, DiscoveryOptions options, CancellationToken cancellation) =>
        (await AskAsync<GetEndpointsResponse>(url, new GetEndpointsRequest { EndpointUrl = url }, options, cancellation).ConfigureAwait(false)).Endpoints;

    /// <summary>Servers that a server or discovery server knows (Part 4, FindServers).</summary>
    public static async Task<ApplicationDescription[]> FindServersAsync(string url, DiscoveryOptions options, CancellationToken cancellation) =>
        (await AskAsync<FindServersResponse>(url, new FindServersRequest { EndpointUrl = url }, options, cancellation).ConfigureAwait(false)).Servers;

    private static async Task<TResponse> AskAsync<TResponse>(string url, IServiceRequest request, DiscoveryOptions options, CancellationToken cancellation)
        where TResponse : IServiceResponse<TResponse>
    {
        var opened = await ClientChannel.OpenAsync(new ClientChannelOptions
        {
            EndpointUrl = url,
            OpenTimeout = options.Timeout,
            Limits = options.TransportLimits,
            TimeProvider = options.TimeProvider,
        }, cancellation).ConfigureAwait(false);
        await using var channel = new ServiceChannel(opened, options.TimeProvider);
        var response = await channel.CallAsync<TResponse>(request, NodeId.Null, options.Timeout, cancellation).ConfigureAwait(false);
        await opened.CloseAsync().ConfigureAwait(false);
        return response;
    }
}
