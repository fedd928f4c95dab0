using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>Begins a session (Part 4, CreateSession).</summary>
public sealed record CreateSessionRequest : IServiceRequest<CreateSessionRequest>
{
    public static uint BinaryEncodingId => 461;
    public static int MinimumSize => 86;

    public RequestHeader RequestHeader { get; set; } = new();
    public ApplicationDescription ClientDescription { get; init; } = new();
    public string? ServerUri { get; init; }
    public string? EndpointUrl { get; init; }
    public string? SessionName { get; init; }
    /// <summary>At least 32 random bytes.</summary>
    public byte[]? ClientNonce { get; init; }
    public byte[]? ClientCertificate { get; init; }
    /// <summary>Milliseconds.</summary>
    public double RequestedSessionTimeout { get; init; }
    /// <summary>Bytes; 0 is no limit.</summary>
    public uint MaxResponseMessageSize { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        ClientDescription.Encode(writer);
        writer.WriteString(ServerUri);
        writer.WriteString(EndpointUrl);
        writer.WriteString(SessionName);
        writer.WriteByteString(ClientNonce);
        writer.WriteByteString(ClientCertificate);
        writer.WriteDouble(RequestedSessionTimeout);
        writer.WriteUInt32(MaxResponseMessageSize);
    }

    public static CreateSessionRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        ClientDescription = ApplicationDescription.Decode(ref reader),
        ServerUri = reader.ReadString(),
        EndpointUrl = reader.ReadString(),
        SessionName = reader.ReadString(),
        ClientNonce = reader.ReadByteString(),
        ClientCertificate = reader.ReadByteString(),
        RequestedSessionTimeout = reader.ReadDouble(),
        MaxResponseMessageSize = reader.ReadUInt32(),
    };
}

/// <summary>Answers CreateSession.</summary>
public sealed record CreateSessionResponse : IServiceResponse<CreateSessionResponse>
{
    public static uint BinaryEncodingId => 464;
    public static int MinimumSize => 64;

    public ResponseHeader ResponseHeader { get; set; } = new();
    public NodeId SessionId { get; init; }
    public NodeId AuthenticationToken { get; init; }
    /// <summary>Milliseconds.</summary>
    public double RevisedSessionTimeout { get; init; }
    public byte[]? ServerNonce { get; init; }
    public byte[]? ServerCertificate { get; init; }
    public EndpointDescription[] ServerEndpoints { get; init; } = [];
    /// <summary>Deprecated; empty.</summary>
    public SignedSoftwareCertificate[] ServerSoftwareCertificates { get; init; } = [];
    /// <summary>Over the client's certificate and nonce.</summary>
    public SignatureData ServerSignature { get; init; } = new();
    /// <summary>Bytes; 0 is no limit.</summary>
    public uint MaxRequestMessageSize { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        ResponseHeader.Encode(writer);
        writer.WriteNodeId(SessionId);
        writer.WriteNodeId(AuthenticationToken);
        writer.WriteDouble(RevisedSessionTimeout);
        writer.WriteByteString(ServerNonce);
        writer.WriteByteString(ServerCertificate);
        writer.WriteArray(ServerEndpoints);
        writer.WriteArray(ServerSoftwareCertificates);
        ServerSignature.Encode(writer);
        writer.WriteUInt32(MaxRequestMessageSize);
    }

    public static CreateSessionResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
        SessionId = reader.ReadNodeId(),
        AuthenticationToken = reader.ReadNodeId(),
        RevisedSessionTimeout = reader.ReadDouble(),
        ServerNonce = reader.ReadByteString(),
        ServerCertificate = reader.ReadByteString(),
        ServerEndpoints = reader.ReadArray<EndpointDescription>(),
        ServerSoftwareCertificates = reader.ReadArray<SignedSoftwareCertificate>(),
        ServerSignature = SignatureData.Decode(ref reader),
        MaxRequestMessageSize = reader.ReadUInt32(),
    };

    /// <summary>Never shows the secret.</summary>
    public override string ToString() => $"CreateSessionResponse {{ SessionId = {SessionId} }}";
}

/// <summary>Deprecated; kept for its place in the messages (Part 4 §7.38).</summary>
public sealed record SignedSoftwareCertificate : IEncodable<SignedSoftwareCertificate>
{
    public static uint BinaryEncodingId => 346;
    public static int MinimumSize => 8;

    public byte[]? CertificateData { get; init; }
    public byte[]? Signature { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteByteString(CertificateData);
        writer.WriteByteString(Signature);
    }

    public static SignedSoftwareCertificate Decode(ref UaBinaryReader reader) => new()
    {
        CertificateData = reader.ReadByteString(),
        Signature = reader.ReadByteString(),
    };
}
