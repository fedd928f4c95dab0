using System.Security.Cryptography;
using PatchEdge.OpcUa.SecureChannel;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Server.Discovery;
using PatchEdge.OpcUa.Server.Subscriptions;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Sessions;

/// <summary>CreateSession, ActivateSession, CloseSession and Cancel (Part 4 §5.6).</summary>
internal sealed class SessionService(
    UaServerOptions options,
    ApplicationCertificate? own,
    EndpointCatalogue catalogue,
    SessionTable sessions,
    SessionEnding ending,
    Action<UaServerEvent> report)
{
    private const int NonceLength = 32;
    private const int RememberedNonces = 4096;
    private const int LongestName = 256;
    private readonly UserIdentification users = new(options, catalogue, own);
    private readonly NonceMemory clientNonces = new(RememberedNonces);

    public long Refused => Volatile.Read(ref refused);

    private long refused;

    public async ValueTask<CreateSessionResponse> CreateAsync(ServerChannel channel, CreateSessionRequest request)
    {
        try
        {
            return await CreateCheckedAsync(channel, request).ConfigureAwait(false);
        }
        catch (UaException reason)
        {
            throw Report(channel, reason);
        }
    }

    public async ValueTask<ActivateSessionResponse> ActivateAsync(ServerChannel channel, ActivateSessionRequest request)
    {
        ServerSession session = sessions.Find(request.RequestHeader.AuthenticationToken)
            ?? throw new UaException(StatusCodes.BadSessionIdInvalid, "There is no such session", "ActivateSession", "Create a session");
        try
        {
            return Activate(channel, session, request);
        }
        catch (UaException reason)
        {
            // Guessing is cut short: the next try needs a new session, and those are counted per address.
            if (++session.FailedActivations >= options.Limits.MaxFailedActivations) await ending.EndAsync(session, deleteSubscriptions: false, UaServerEventKind.SessionClosed, reason.Status).ConfigureAwait(false);
            throw Report(channel, reason);
        }
    }

    public async ValueTask<CloseSessionResponse> CloseAsync(ServerChannel channel, CloseSessionRequest request)
    {
        ServerSession session = sessions.Find(request.RequestHeader.AuthenticationToken)
            ?? throw new UaException(StatusCodes.BadSessionIdInvalid, "There is no such session", "CloseSession");
        RequireChannel(session, channel, "CloseSession");
        await ending.EndAsync(session, request.DeleteSubscriptions, UaServerEventKind.SessionClosed, StatusCodes.BadSessionClosed).ConfigureAwait(false);
        return new CloseSessionResponse();
    }

    /// <summary>Cancels Publish requests, the only ones that wait; what runs is answered anyway.</summary>
    public static (CancelResponse Response, List<ParkedPublish> Cancelled) Cancel(ServerSession session, CancelRequest request)
    {
        List<ParkedPublish> cancelled = session.Publishes.TakeWhere(parked => parked.RequestHandle == request.RequestHandle);
        return (new CancelResponse { CancelCount = (uint)cancelled.Count }, cancelled);
    }

    /// <summary>
    /// The session that a request belongs to. One that is used before it was activated is closed (Part 4, ActivateSession).
    /// </summary>
    /// <exception cref="UaException">BadSessionIdInvalid, BadSecureChannelIdInvalid or BadSessionNotActivated.</exception>
    public async ValueTask<ServerSession> RequireAsync(ServerChannel channel, NodeId authenticationToken)
    {
        const string where = "RequestHeader.AuthenticationToken";
        ServerSession session = sessions.Find(authenticationToken)
            ?? throw new UaException(StatusCodes.BadSessionIdInvalid, "There is no such session", where, "Create a session");
        RequireChannel(session, channel, where);
        if (!session.IsActivated)
        {
            await ending.EndAsync(session, deleteSubscriptions: true, UaServerEventKind.SessionClosed, StatusCodes.BadSessionNotActivated).ConfigureAwait(false);
            throw new UaException(StatusCodes.BadSessionNotActivated, "The session was not activated", where, "Activate it first");
        }
        session.Touch(options.TimeProvider.GetTimestamp());
        return session;
    }

    private static void RequireChannel(ServerSession session, ServerChannel channel, string where)
    {
        if (session.Channel != channel)
            throw new UaException(StatusCodes.BadSecureChannelIdInvalid, "The session belongs to another channel", where, "Activate it on this one first");
    }

    private async ValueTask<CreateSessionResponse> CreateCheckedAsync(ServerChannel channel, CreateSessionRequest request)
    {
        PolicyProfile policy = PolicyProfile.Of(channel.SecurityPolicy);
        if (!policy.IsNone)
        {
            if (request.ClientNonce is not { Length: >= NonceLength and <= 128 } nonce || !nonce.AsSpan().ContainsAnyExcept((byte)0) || !clientNonces.TryAdd(nonce))
                throw new UaException(StatusCodes.BadNonceInvalid, "A client nonce that is short, zero or repeated", "CreateSession.ClientNonce", "32 to 128 random bytes, new each time");
            RequireCertificate(channel, request);
        }
        var session = new ServerSession(options.Limits)
        {
            SessionId = new NodeId(Guid.NewGuid(), 1),
            AuthenticationToken = new NodeId(RandomNumberGenerator.GetBytes(NonceLength), 0),
            Name = Shortened(request.SessionName) ?? "unnamed",
            ApplicationUri = Shortened(request.ClientDescription.ApplicationUri),
            ClientCertificate = channel.ClientCertificate,
            RevisedTimeout = SubscriptionParameters.Clamp(
                request.RequestedSessionTimeout > 0 ? request.RequestedSessionTimeout : 60_000,
                options.Limits.ShortestSessionTimeout,
                options.Limits.LongestSessionTimeout),
            Address = AddressOf(channel.Peer),
            LargestResponse = request.MaxResponseMessageSize is 0 or > int.MaxValue ? int.MaxValue : (int)Math.Max(request.MaxResponseMessageSize, 8192),
            Nonce = RandomNumberGenerator.GetBytes(NonceLength),
        };
        session.Begin(channel, options.TimeProvider.GetTimestamp());
        if (sessions.Add(session) is { } yielded) await ending.FinishAsync(yielded, deleteSubscriptions: true, UaServerEventKind.SessionClosed, StatusCodes.BadTooManySessions).ConfigureAwait(false);
        report(new UaServerEvent(UaServerEventKind.SessionCreated, channel.Peer, StatusCodes.Good, $"Session '{session.Name}' created."));
        return new CreateSessionResponse
        {
            SessionId = session.SessionId,
            AuthenticationToken = session.AuthenticationToken,
            RevisedSessionTimeout = session.RevisedTimeout.TotalMilliseconds,
            ServerNonce = session.Nonce,
            ServerCertificate = own?.Chain,
            ServerEndpoints = catalogue.Endpoints(request.EndpointUrl),
            ServerSignature = policy.IsNone || own is null ? new SignatureData() : new SignatureData
            {
                Algorithm = policy.SignatureUri,
                Signature = SessionSignature.Create(policy, own, request.ClientCertificate, request.ClientNonce),
            },
            MaxRequestMessageSize = (uint)options.Transport.RequestSize,
        };
    }

    private static void RequireCertificate(ServerChannel channel, CreateSessionRequest request)
    {
        UaCertificate expected = channel.ClientCertificate!;
        if (!UaCertificate.Leaf(request.ClientCertificate).SequenceEqual(expected.Der))
            throw new UaException(StatusCodes.BadSecurityChecksFailed, "The certificate is not the channel's", "CreateSession.ClientCertificate", "Send the certificate that opened the channel");
        if (request.ClientDescription.ApplicationUri is not { } uri || !expected.ApplicationUris.Contains(uri))
            throw new UaException(StatusCodes.BadCertificateUriInvalid, "The ApplicationUri is not the certificate's", "CreateSession.ClientDescription", "Send the URI that stands in the certificate");
    }

    private ActivateSessionResponse Activate(ServerChannel channel, ServerSession session, ActivateSessionRequest request)
    {
        bool moves = session.Channel != channel;
        if (moves && !session.IsActivated)
            throw new UaException(StatusCodes.BadSecureChannelIdInvalid, "A new session is activated on the channel that created it", "ActivateSession", "Use that channel");
        // Whoever knows the secret must also hold the key of the session's creator (Part 4, ActivateSession).
        bool sameCertificate = session.ClientCertificate is null ? channel.ClientCertificate is null
            : channel.ClientCertificate is { } presented && presented.IsSame(session.ClientCertificate);
        if (!sameCertificate)
            throw new UaException(StatusCodes.BadSecurityChecksFailed, "The channel has another certificate than the session", "ActivateSession", "Open the channel with the session's certificate");
        PolicyProfile policy = PolicyProfile.Of(channel.SecurityPolicy);
        if (!policy.IsNone && !SessionSignature.Verify(policy, channel.ClientCertificate!, own!.Der, session.Nonce, request.ClientSignature.Algorithm, request.ClientSignature.Signature))
            throw new UaException(StatusCodes.BadApplicationSignatureInvalid, "The client's signature is wrong", "ActivateSession.ClientSignature", "Sign the server's certificate and its last nonce");
        SessionOwner owner = users.Identify(session, channel, request);
        if (moves && !owner.IsSameUser(session.Owner))
            throw new UaException(StatusCodes.BadIdentityChangeNotSupported, "Another user on another channel", "ActivateSession.UserIdentityToken", "Bring the session's user, or change the user on its own channel");
        ServerChannel left = session.Channel;
        session.Owner = owner;
        session.Channel = channel;
        session.IsActivated = true;
        session.FailedActivations = 0;
        session.Nonce = RandomNumberGenerator.GetBytes(NonceLength);
        session.Touch(options.TimeProvider.GetTimestamp());
        channel.HasSession = true;
        if (moves)
        {
            left.HasSession = sessions.All.Any(other => other.Channel == left);
            // Their answers would go to the channel left behind, whose client is not waiting there any more.
            session.Publishes.TakeWhere(parked => parked.Channel != channel);
        }
        report(new UaServerEvent(UaServerEventKind.SessionActivated, channel.Peer, StatusCodes.Good, $"Session '{session.Name}' activated for {owner.UserName ?? "an anonymous user"}."));
        return new ActivateSessionResponse { ServerNonce = session.Nonce };
    }

    private UaException Report(ServerChannel channel, UaException reason)
    {
        Interlocked.Increment(ref refused);
        report(new UaServerEvent(UaServerEventKind.SessionRefused, channel.Peer, reason.Status, reason.Message));
        return reason;
    }

    private static string? Shortened(string? text) => text is { Length: > LongestName } ? text[..LongestName] : text;

    private static string AddressOf(string peer)
    {
        int colon = peer.LastIndexOf(':');
        return colon < 0 ? peer : peer[..colon];
    }
}
