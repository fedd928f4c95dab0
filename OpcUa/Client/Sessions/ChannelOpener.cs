using PatchEdge.OpcUa.SecureChannel;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>
/// Opens channels to the endpoint that the options pin. The endpoints are discovered once and again after a failure, since a
/// server may come back with another certificate. Used by one caller at a time.
/// </summary>
internal sealed class ChannelOpener(UaClientOptions options) : IDisposable
{
    private ApplicationCertificate? own;
    private CertificateValidator? validator;
    private string endpointUrl = options.EndpointUrl;

    /// <summary>What discovery answered; empty before.</summary>
    public IReadOnlyList<EndpointDescription> Discovered { get; private set; } = [];

    public EndpointDescription? Endpoint { get; private set; }

    /// <summary>The endpoint as we reach it: its path at the host and port that were configured.</summary>
    public string EndpointUrl => endpointUrl;

    public ApplicationCertificate? Own => own;

    /// <summary>The server's certificate as its endpoint description gave it; null where it has none.</summary>
    public UaCertificate? Certificate =>
        Endpoint?.ServerCertificate is { Length: > 0 } der && UaCertificate.TryRead(UaCertificate.Leaf(der), out var certificate, out _) ? certificate : null;

    /// <summary>Called by channels after each renewal of a token.</summary>
    public Action<TimeSpan>? TokenRenewed { get; init; }

    /// <summary>Called by channels for each answer that is let go.</summary>
    public Action<string, StatusCode>? ResponseDropped { get; init; }

    /// <summary>Called by channels with the number of values in an answer that could not be decoded.</summary>
    public Action<long>? ValuesMalformed { get; init; }

    public async Task<ServiceChannel> OpenAsync(CancellationToken cancellation)
    {
        if (Endpoint is null)
        {
            var discovery = await OpenAsync(Unprotected(options.EndpointUrl), cancellation).ConfigureAwait(false);
            try
            {
                var endpoints = (await discovery.CallAsync<GetEndpointsResponse>(
                    new GetEndpointsRequest { EndpointUrl = options.EndpointUrl }, NodeId.Null, options.OperationTimeout, cancellation).ConfigureAwait(false)).Endpoints;
                var endpoint = EndpointChoice.Choose(endpoints, options);
                Adopt(endpoint, endpoints);
                // Discovery needs no protection of its own; where the session wants none either the channel serves for both.
                if (options.SecurityPolicy == SecurityPolicy.None && endpointUrl == options.EndpointUrl)
                {
                    var kept = discovery;
                    discovery = null;
                    return kept;
                }
            }
            finally
            {
                if (discovery is not null)
                    await CloseAsync(discovery).ConfigureAwait(false);
            }
        }
        return await OpenAsync(Protected(Endpoint!), cancellation).ConfigureAwait(false);
    }

    public void Dispose() => own?.Dispose();

    /// <summary>Discover again before the next channel.</summary>
    public void Forget() => Endpoint = null;

    private void Adopt(EndpointDescription endpoint, EndpointDescription[] endpoints)
    {
        var token = EndpointChoice.FindToken(endpoint, options)!;
        var profile = EndpointChoice.TokenProfile(endpoint, token);
        var encryptsSecret = options.UserIdentity is UserIdentity.UserNameIdentity && profile is { IsNone: false };
        if (options.CertificateStore is { } store)
        {
            validator ??= new CertificateValidator(store, options.TimeProvider, options.CertificateLeniency);
            if (options.SecurityPolicy != SecurityPolicy.None)
                own ??= store.LoadOrCreateOwn(new ApplicationIdentity { ApplicationName = options.ApplicationName, ApplicationUri = options.ApplicationUri });
        }
        // On an unprotected channel anybody could hand us a certificate to encrypt the password for.
        if (encryptsSecret && options.SecurityPolicy == SecurityPolicy.None && !options.AllowPasswordWithoutEncryption)
        {
            if (validator is null)
            {
                throw new UaException(StatusCodes.BadSecurityChecksFailed, "A password may only be encrypted for a server whose certificate is trusted, and there is no certificate store",
                    options.EndpointUrl, "Configure a certificate store that trusts the server");
            }
            validator.Validate(endpoint.ServerCertificate, new CertificateExpectation
            {
                Policy = profile!.Policy,
                Role = CertificateRole.Server,
                HostName = new Uri(options.EndpointUrl).Host,
                ApplicationUri = endpoint.Server.ApplicationUri,
            }).Require("GetEndpoints.ServerCertificate");
        }
        endpointUrl = Reachable(endpoint.EndpointUrl);
        Discovered = endpoints;
        Endpoint = endpoint;
    }

    // A server knows itself by names and ports that a firewall or container may have changed; what was configured has just answered.
    private string Reachable(string? announced)
    {
        if (!Uri.TryCreate(announced, UriKind.Absolute, out var url) || url.Scheme != "opc.tcp")
            return options.EndpointUrl;
        var configured = new Uri(options.EndpointUrl);
        return url.AbsolutePath.TrimEnd('/') == configured.AbsolutePath.TrimEnd('/')
            ? options.EndpointUrl
            : new UriBuilder("opc.tcp", configured.Host, configured.Port > 0 ? configured.Port : 4840, url.AbsolutePath).Uri.ToString();
    }

    private ClientChannelOptions Unprotected(string url) => new()
    {
        EndpointUrl = url,
        RequestedLifetime = options.TokenLifetime,
        OpenTimeout = options.OperationTimeout,
        Limits = options.TransportLimits,
        TimeProvider = options.TimeProvider,
        TokenRenewed = TokenRenewed,
        ResponseDropped = ResponseDropped,
        ValuesMalformed = ValuesMalformed,
    };

    private ClientChannelOptions Protected(EndpointDescription endpoint) => Unprotected(endpointUrl) with
    {
        SecurityPolicy = options.SecurityPolicy,
        SecurityMode = options.MessageSecurityMode,
        OwnCertificate = own,
        ServerCertificate = endpoint.ServerCertificate,
        ServerApplicationUri = endpoint.Server.ApplicationUri,
        Validator = validator,
    };

    private async Task<ServiceChannel> OpenAsync(ClientChannelOptions channel, CancellationToken cancellation) =>
        new(await ClientChannel.OpenAsync(channel, cancellation).ConfigureAwait(false), options.TimeProvider);

    private static async Task CloseAsync(ServiceChannel channel)
    {
        await channel.Channel.CloseAsync().ConfigureAwait(false);
        await channel.DisposeAsync().ConfigureAwait(false);
    }
}
