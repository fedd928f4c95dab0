using System.Security.Cryptography;
using PatchEdge.OpcUa.SecureChannel;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>
/// A session (Part 4 §5.6), which may outlive the channel that it was created on: <see cref="ActivateAsync"/> moves it to another.
/// One owner connects and activates it; service calls may come from anywhere.
/// </summary>
internal sealed class Session
{
    private readonly UaClientOptions options;
    private readonly ApplicationCertificate? own;
    private readonly ServerNonces nonces = new();
    private TaskCompletionSource<UaException> lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private NodeId authenticationToken;
    private byte[] serverCertificate = [];

    private Session(ServiceChannel channel, EndpointDescription endpoint, UaClientOptions options, ApplicationCertificate? own)
    {
        Channel = channel;
        Endpoint = endpoint;
        this.options = options;
        this.own = own;
    }

    public ServiceChannel Channel { get; private set; }
    public EndpointDescription Endpoint { get; }
    public NodeId SessionId { get; private set; }
    public TimeSpan RevisedTimeout { get; private set; }

    /// <summary>Largest request that the server takes, in bytes; 0 where it names no limit.</summary>
    public uint MaxRequestMessageSize { get; private set; }

    /// <summary>A password went out readable at the latest activation.</summary>
    public bool PasswordInClear { get; private set; }

    /// <summary>
    /// Ends when the server no longer knows the session or somebody gave its connection up; the channel may still be fine. Each
    /// activation begins another.
    /// </summary>
    public Task<UaException> Lost => Volatile.Read(ref lost).Task;

    private PolicyProfile Profile => PolicyProfile.Of(options.SecurityPolicy);

    /// <summary>CreateSession with every check that Part 4 asks of a client; the session still has to be activated.</summary>
    public static async Task<Session> CreateAsync(
        ServiceChannel channel, EndpointDescription endpoint, IReadOnlyList<EndpointDescription> discovered, string endpointUrl,
        UaClientOptions options, ApplicationCertificate? own, CancellationToken cancellation)
    {
        var session = new Session(channel, endpoint, options, own);
        var secured = options.SecurityPolicy != SecurityPolicy.None;
        var clientNonce = RandomNumberGenerator.GetBytes(32);
        var response = await channel.CallAsync<CreateSessionResponse>(new CreateSessionRequest
        {
            ClientDescription = new ApplicationDescription
            {
                ApplicationUri = options.ApplicationUri,
                ProductUri = "urn:patchedge:client",
                ApplicationName = new LocalizedText(options.ApplicationName),
                ApplicationType = ApplicationType.Client,
            },
            // As the server knows itself: some tell a session only of the endpoints at exactly this address, and ours may be a forwarded port's.
            EndpointUrl = endpoint.EndpointUrl is { Length: > 0 } announced ? announced : endpointUrl,
            SessionName = $"{options.ApplicationName} {Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}",
            ClientNonce = clientNonce,
            ClientCertificate = secured ? own!.Chain : null,
            RequestedSessionTimeout = options.SessionTimeout.TotalMilliseconds,
            MaxResponseMessageSize = (uint)options.TransportLimits.ResponseSize,
        }, NodeId.Null, options.OperationTimeout, cancellation).ConfigureAwait(false);

        session.Check(response, discovered, clientNonce);
        session.SessionId = response.SessionId;
        session.authenticationToken = response.AuthenticationToken;
        session.RevisedTimeout = RevisedSpan.Of(response.RevisedSessionTimeout);
        session.MaxRequestMessageSize = response.MaxRequestMessageSize;
        return session;
    }

    /// <summary>
    /// Activates the session on a channel: its own at first, a new one after a loss (Part 4, ActivateSession). Signs with the nonce
    /// that came last, and keeps the one that comes now.
    /// </summary>
    public async Task ActivateAsync(ServiceChannel channel, CancellationToken cancellation)
    {
        var identity = IdentityProof.Create(Endpoint, options, serverCertificate, nonces.Last);
        PasswordInClear = identity.InClear;
        var secured = options.SecurityPolicy != SecurityPolicy.None;
        var response = await channel.CallAsync<ActivateSessionResponse>(new ActivateSessionRequest
        {
            ClientSignature = secured
                ? new SignatureData { Algorithm = Profile.SignatureUri, Signature = SessionSignature.Create(Profile, own!, serverCertificate, nonces.Last) }
                : new SignatureData(),
            UserIdentityToken = identity.Token,
            UserTokenSignature = identity.Signature,
        }, authenticationToken, options.OperationTimeout, cancellation).ConfigureAwait(false);
        nonces.Accept(response.ServerNonce, NonceRequired, "ActivateSession.ServerNonce");
        Volatile.Write(ref lost, new TaskCompletionSource<UaException>(TaskCreationOptions.RunContinuationsAsynchronously));
        Channel = channel;
    }

    /// <summary>A service call within the session. A result that says the session is gone also ends it here.</summary>
    public async Task<TResponse> CallAsync<TResponse>(IServiceRequest request, TimeSpan timeout, CancellationToken cancellation)
        where TResponse : IServiceResponse<TResponse>
    {
        var connection = Volatile.Read(ref lost);
        try
        {
            return await Channel.CallAsync<TResponse>(request, authenticationToken, timeout, cancellation).ConfigureAwait(false);
        }
        catch (UaException fault)
        {
            Notice(fault, connection);
            throw;
        }
    }

    public Task<TResponse> CallAsync<TResponse>(IServiceRequest request, CancellationToken cancellation) where TResponse : IServiceResponse<TResponse> =>
        CallAsync<TResponse>(request, options.OperationTimeout, cancellation);

    /// <summary>Like <see cref="CallAsync{TResponse}(IServiceRequest, TimeSpan, CancellationToken)"/>, with the answer as it came; the caller disposes it.</summary>
    public async Task<PooledMessage> RequestAsync(IServiceRequest request, uint responseTypeId, TimeSpan timeout, CancellationToken cancellation)
    {
        var connection = Volatile.Read(ref lost);
        try
        {
            return await Channel.RequestAsync(request, authenticationToken, responseTypeId, timeout, cancellation).ConfigureAwait(false);
        }
        catch (UaException fault)
        {
            Notice(fault, connection);
            throw;
        }
    }

    /// <summary>Sends a Publish request; see <see cref="ServiceChannel.PostAsync"/>.</summary>
    public ValueTask PostAsync(PublishRequest request, IResponseReceiver receiver, CancellationToken cancellation) =>
        Channel.PostAsync(request, authenticationToken, PublishResponse.BinaryEncodingId, receiver, cancellation);

    public async Task CloseAsync(bool deleteSubscriptions, TimeSpan timeout)
    {
        await Channel.CallAsync<CloseSessionResponse>(
            new CloseSessionRequest { DeleteSubscriptions = deleteSubscriptions }, authenticationToken, timeout, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Gives the session's present connection up; whoever owns it brings it back.</summary>
    public void GiveUp(UaException reason) => Volatile.Read(ref lost).TrySetResult(reason);

    /// <summary>What the server answers when it does not know the session, or not on this channel.</summary>
    public static bool IsSessionGone(StatusCode status) => status.Code is
        StatusCodes.BadSessionIdInvalid or StatusCodes.BadSessionClosed or StatusCodes.BadSessionNotActivated or StatusCodes.BadSecureChannelIdInvalid;

    // A nonce is what signatures and secrets are made over; where nothing is signed, some servers send none.
    private bool NonceRequired => options.SecurityPolicy != SecurityPolicy.None || options.UserIdentity is UserIdentity.X509Identity;

    // An answer that belongs to an earlier connection must not end this one.
    private static void Notice(UaException fault, TaskCompletionSource<UaException> connection)
    {
        if (IsSessionGone(fault.Status))
            connection.TrySetResult(fault);
    }

    private void Check(CreateSessionResponse response, IReadOnlyList<EndpointDescription> discovered, byte[] clientNonce)
    {
        const string Where = "CreateSession";
        nonces.Accept(response.ServerNonce, NonceRequired, $"{Where}.ServerNonce");
        if (response.AuthenticationToken.IsNull)
            throw new UaException(StatusCodes.BadUnexpectedError, "The server gave the session no authentication token", Where, "Report it to the server's maker");

        var ofEndpoint = UaCertificate.Leaf(Endpoint.ServerCertificate);
        var ofSession = UaCertificate.Leaf(response.ServerCertificate);
        if (options.SecurityPolicy != SecurityPolicy.None || (!ofSession.IsEmpty && !ofEndpoint.IsEmpty))
        {
            if (!ofEndpoint.SequenceEqual(ofSession))
                throw new UaException(StatusCodes.BadCertificateInvalid, "The session's certificate is not the channel's", Where, "Somebody may stand between; check the server's certificate at the server");
        }
        serverCertificate = response.ServerCertificate is { Length: > 0 } sent ? sent : Endpoint.ServerCertificate ?? [];

        if (discovered.Count > 0 && !EndpointChoice.SameOffers(discovered, response.ServerEndpoints, Endpoint))
        {
            throw new UaException(StatusCodes.BadSecurityChecksFailed, $"The server offers other endpoints in the session ({response.ServerEndpoints.Length}) than in discovery ({discovered.Count})", Where,
                "Somebody may have removed the strong ones on the way; compare with the server's own configuration");
        }
        if (options.SecurityPolicy == SecurityPolicy.None)
            return;
        var signer = UaCertificate.Read(ofSession, Where);
        var signature = response.ServerSignature;
        if (!SessionSignature.Verify(Profile, signer, own!.Chain, clientNonce, signature.Algorithm, signature.Signature))
            throw new UaException(StatusCodes.BadApplicationSignatureInvalid, "The server did not prove that it has its certificate's key", Where, "Do not trust this server");
    }
}
