using System.Security.Cryptography;
using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.SecureChannel.Chunks;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.SecureChannel;

/// <summary>The client's side of Hello and of OpenSecureChannel: what it asks, and what it takes for an answer.</summary>
internal sealed class ClientHandshake
{
    private const string Where = "OpenSecureChannel response";

    private readonly ClientChannelOptions options;
    private readonly PolicyProfile profile;
    private readonly UaCertificate? expected;
    private readonly Lock gate = new();
    private Attempt? attempt;
    private UaException? failed;

    public ClientHandshake(ClientChannelOptions options)
    {
        this.options = options;
        profile = PolicyProfile.Of(options.SecurityPolicy);
        if (profile.IsNone != (options.SecurityMode == MessageSecurityMode.None) || options.SecurityMode == MessageSecurityMode.Invalid)
            throw new ArgumentException($"Policy {options.SecurityPolicy} does not go with mode {options.SecurityMode}; allowed: None with None, any other with Sign or SignAndEncrypt.");
        if (profile.IsNone)
            return;
        if (options.OwnCertificate is null || options.Validator is null || options.ServerCertificate.IsEmpty)
            throw new ArgumentException($"Policy {options.SecurityPolicy} needs {nameof(options.OwnCertificate)}, {nameof(options.ServerCertificate)} and {nameof(options.Validator)}.");
        expected = Validate();
    }

    /// <summary>The server's certificate as it was validated last; null under policy None.</summary>
    public UaCertificate? ServerCertificate => expected;

    /// <summary>Hello and Acknowledge (Part 6 §7.1.2.3–4).</summary>
    public static async Task<NegotiatedLimits> GreetAsync(TransportConnection connection, ClientChannelOptions options, CancellationToken cancellation)
    {
        using var giveUp = cancellation.Register(() => connection.Abort(new UaException(StatusCodes.BadRequestCancelledByClient, "Connecting was given up", connection.Peer)));
        var hello = NegotiatedLimits.Hello(options.Limits, options.EndpointUrl);
        await connection.SendAsync(hello.Encode()).ConfigureAwait(false);
        var chunk = await connection.ReceiveAsync(options.OpenTimeout).ConfigureAwait(false);
        var header = FrameHeader.Read(chunk.Span, chunk.Length);
        var body = chunk.Span[FrameHeader.Length..];
        return header.Type switch
        {
            MessageType.Acknowledge => NegotiatedLimits.ForClient(options.Limits, hello, AcknowledgeFrame.Decode(body)),
            MessageType.Error => throw ErrorFrame.Decode(body).ToException(),
            _ => throw new UaException(StatusCodes.BadTcpMessageTypeInvalid, $"A message of type {header.Type} answered Hello", connection.Peer, "Check that the port is an OPC UA server's"),
        };
    }

    /// <summary>A fresh nonce and the request that carries it; the task ends when its answer has been taken.</summary>
    public Task Begin(SecurityTokenRequestType type, uint requestId, out byte[] body)
    {
        var nonce = RandomNumberGenerator.GetBytes(profile.NonceLength);
        if (type == SecurityTokenRequestType.Renew && !profile.IsNone)
            Validate();
        using var writer = new UaBinaryWriter();
        ServiceMessages.Encode(writer, new OpenSecureChannelRequest
        {
            RequestHeader = new RequestHeader
            {
                Timestamp = options.TimeProvider.GetUtcNow().UtcDateTime,
                RequestHandle = requestId,
                TimeoutHint = (uint)options.OpenTimeout.TotalMilliseconds,
            },
            RequestType = type,
            SecurityMode = options.SecurityMode,
            ClientNonce = profile.IsNone ? null : nonce,
            RequestedLifetime = (uint)options.RequestedLifetime.TotalMilliseconds,
        });
        body = writer.WrittenSpan.ToArray();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            attempt = new Attempt(requestId, nonce, options.TimeProvider.GetTimestamp(), done);
            if (failed is not null)
                done.TrySetException(failed);
        }
        return done.Task;
    }

    public byte[] Write(uint channelId, uint sequenceNumber, uint requestId, byte[] body) =>
        OpenChunk.Write(profile, options.OwnCertificate, expected, channelId, sequenceNumber, requestId, body);

    /// <summary>Takes an answer; null when it answers an attempt that was given up. Throws, and so closes the channel, when it is wrong.</summary>
    public (ChannelToken Token, TaskCompletionSource Done)? Complete(OpenChunk answer, ChannelToken? current)
    {
        Attempt? asked;
        lock (gate)
            asked = attempt;
        if (answer.Profile != profile)
            throw new UaException(StatusCodes.BadSecurityPolicyRejected, $"The answer has policy {answer.Profile.Policy}, not {profile.Policy}", Where, "The same policy both ways");
        if (expected is not null && !expected.IsSame(answer.Sender!))
            throw new UaException(StatusCodes.BadCertificateInvalid, "The answer comes with another certificate than the endpoint's", Where,
                "Read the endpoints again; if the server has a new certificate, trust it");
        if (asked is null || asked.RequestId != answer.RequestId)
            return null;

        var response = Decode(answer.Body);
        var issued = response.SecurityToken;
        if (issued.TokenId == 0 && issued.ChannelId == 0 || current is not null && (issued.ChannelId != current.ChannelId || issued.TokenId == current.TokenId))
            throw new UaException(StatusCodes.BadTcpSecureChannelUnknown, $"Channel {issued.ChannelId} with token {issued.TokenId}", Where, "The same channel, and a new token");
        var nonce = response.ServerNonce ?? [];
        DirectionKeys.CheckNonce(profile, nonce, "OpenSecureChannel.ServerNonce");
        var lifetime = issued.RevisedLifetime == 0 ? options.RequestedLifetime : TimeSpan.FromMilliseconds(issued.RevisedLifetime);
        var token = ChannelToken.Derive(profile, options.SecurityMode == MessageSecurityMode.SignAndEncrypt, issued.ChannelId, issued.TokenId, lifetime, asked.SentAt, asked.Nonce, nonce);
        lock (gate)
            attempt = null;
        return (token, asked.Done);
    }

    /// <summary>The connection ended: nobody is going to answer.</summary>
    public void Fail(UaException reason)
    {
        lock (gate)
        {
            failed = reason;
            attempt?.Done.TrySetException(reason);
            attempt = null;
        }
    }

    private static OpenSecureChannelResponse Decode(byte[] body) =>
        ServiceMessages.DecodeResponse(body) switch
        {
            OpenSecureChannelResponse response when response.ResponseHeader.ServiceResult.IsBad =>
                throw new UaException(response.ResponseHeader.ServiceResult, "The server refused the channel", Where, "See the server's log for the cause"),
            OpenSecureChannelResponse response => response,
            ServiceFault fault => throw new UaException(fault.ResponseHeader.ServiceResult, "The server refused the channel", Where, "See the server's log for the cause"),
            _ => throw new UaException(StatusCodes.BadUnknownResponse, "Something else answered", Where, "An OpenSecureChannelResponse"),
        };

    private UaCertificate Validate() =>
        options.Validator!.Validate(options.ServerCertificate, new CertificateExpectation
        {
            Policy = options.SecurityPolicy,
            Role = CertificateRole.Server,
            HostName = EndpointAddress.Parse(options.EndpointUrl).Host,
            ApplicationUri = options.ServerApplicationUri,
        }).Require($"certificate of {options.EndpointUrl}");

    private sealed record Attempt(uint RequestId, byte[] Nonce, long SentAt, TaskCompletionSource Done);
}
