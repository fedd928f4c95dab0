using System.Security.Cryptography;
using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.SecureChannel.Chunks;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.SecureChannel;

/// <summary>
/// The server's side of OpenSecureChannel (Part 4; Part 6 §6.7.4): issues the first token and its successors, to the same client
/// with the same policy and mode. Belongs to the channel's receive loop.
/// </summary>
internal sealed class ServerHandshake(ServerListenerOptions options, uint channelId)
{
    private const string Where = "OpenSecureChannel request";

    private PolicyProfile? profile;
    private ChannelToken? current;
    private ChannelToken? issued;
    private OpenSecureChannelResponse? answer;
    private uint answerTo;
    private uint lastTokenId;

    public PolicyProfile Profile => profile ?? PolicyProfile.Of(SecurityPolicy.None);
    public MessageSecurityMode Mode { get; private set; } = MessageSecurityMode.Invalid;
    public UaCertificate? Client { get; private set; }
    public bool IsForDiscoveryOnly { get; private set; }

    /// <summary>Token that answers use; null until the channel is open.</summary>
    public ChannelToken? Current => current;

    /// <summary>A request was taken and is still to be answered.</summary>
    public bool HasAnswer => answer is not null;

    /// <summary>Reads and judges a request; the token is acceptable from now on.</summary>
    public ChannelToken Take(ReadOnlySpan<byte> chunk, SequenceNumbers sequence)
    {
        var open = OpenChunk.Read(chunk, options.OwnCertificate);
        sequence.Accept(open.SequenceNumber);
        if (ServiceMessages.DecodeRequest(open.Body) is not OpenSecureChannelRequest request)
            throw new UaException(StatusCodes.BadTcpMessageTypeInvalid, "An OPN chunk carries another message", Where, "OpenSecureChannel alone");
        var renews = request.RequestType == SecurityTokenRequestType.Renew;
        if (renews != current is not null || open.ChannelId != (renews ? channelId : 0))
            throw new UaException(StatusCodes.BadTcpSecureChannelUnknown, $"{request.RequestType} for channel {open.ChannelId}", Where, "Issue once, then Renew the same channel");
        if (renews)
            RequireSame(open, request);
        else
            RequireOffered(open.Profile, request.SecurityMode);
        if (!open.Profile.IsNone)
            Client = Validate(open);
        DirectionKeys.CheckNonce(open.Profile, request.ClientNonce, "OpenSecureChannel.ClientNonce");
        profile = open.Profile;
        Mode = request.SecurityMode;
        return Issue(request, open.RequestId);
    }

    /// <summary>True once for a token that the client has begun to use.</summary>
    public bool TakeUp(ChannelToken used)
    {
        if (used != issued)
            return false;
        current = issued;
        issued = null;
        return true;
    }

    /// <summary>The answer to the request taken last, for this sequence number.</summary>
    public byte[] WriteAnswer(uint sequenceNumber)
    {
        using var writer = new UaBinaryWriter();
        ServiceMessages.Encode(writer, answer!);
        answer = null;
        return OpenChunk.Write(Profile, options.OwnCertificate, Client, channelId, sequenceNumber, answerTo, writer.WrittenSpan);
    }

    private ChannelToken Issue(OpenSecureChannelRequest request, uint requestId)
    {
        var asked = request.RequestedLifetime == 0 ? options.LongestLifetime : TimeSpan.FromMilliseconds(request.RequestedLifetime);
        var lifetime = asked < options.ShortestLifetime ? options.ShortestLifetime : asked > options.LongestLifetime ? options.LongestLifetime : asked;
        var nonce = RandomNumberGenerator.GetBytes(Profile.NonceLength);
        lastTokenId = unchecked(lastTokenId + 1);
        if (lastTokenId == 0)
            lastTokenId = 1;
        var token = ChannelToken.Derive(Profile, Mode == MessageSecurityMode.SignAndEncrypt, channelId, lastTokenId, lifetime,
            options.TimeProvider.GetTimestamp(), nonce, request.ClientNonce ?? []);
        if (current is null)
            current = token;
        else
            issued = token;

        answerTo = requestId;
        var now = options.TimeProvider.GetUtcNow().UtcDateTime;
        answer = new OpenSecureChannelResponse
        {
            ResponseHeader = new ResponseHeader { Timestamp = now, RequestHandle = request.RequestHeader.RequestHandle },
            SecurityToken = new ChannelSecurityToken { ChannelId = channelId, TokenId = token.TokenId, CreatedAt = now, RevisedLifetime = (uint)lifetime.TotalMilliseconds },
            ServerNonce = Profile.IsNone ? null : nonce,
        };
        return token;
    }

    private void RequireSame(OpenChunk open, OpenSecureChannelRequest request)
    {
        if (open.Profile != profile || request.SecurityMode != Mode || Client is not null && !Client.IsSame(open.Sender!))
            throw new UaException(StatusCodes.BadSecurityChecksFailed, "A renewal with another policy, mode or certificate", Where, "Open a new channel for that");
    }

    private void RequireOffered(PolicyProfile asked, MessageSecurityMode mode)
    {
        if (options.Offered.Contains((asked.Policy, mode)))
            return;
        IsForDiscoveryOnly = asked.IsNone && mode == MessageSecurityMode.None && options.DiscoveryWithoutSecurity;
        if (IsForDiscoveryOnly)
            return;
        throw options.Offered.Any(offered => offered.Policy == asked.Policy)
            ? new UaException(StatusCodes.BadSecurityModeRejected, $"Mode {mode} with policy {asked.Policy} is not offered", Where, "Choose one of the endpoints")
            : new UaException(StatusCodes.BadSecurityPolicyRejected, $"Policy {asked.Policy} is not offered", Where, "Choose one of the endpoints");
    }

    private UaCertificate Validate(OpenChunk open) =>
        (options.Validator ?? throw new UaException(StatusCodes.BadSecurityPolicyRejected, "No certificate can be validated here", Where, "Choose one of the endpoints"))
        .Validate(open.SenderChain, new CertificateExpectation { Policy = open.Profile.Policy, Role = CertificateRole.Client })
        .Require("OpenSecureChannel.SenderCertificate");
}
