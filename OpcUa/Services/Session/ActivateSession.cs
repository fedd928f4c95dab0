using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>Binds a session to a channel and a user (Part 4, ActivateSession).</summary>
public sealed record ActivateSessionRequest : IServiceRequest<ActivateSessionRequest>
{
    public static uint BinaryEncodingId => 467;
    public static int MinimumSize => 56;

    public RequestHeader RequestHeader { get; set; } = new();
    /// <summary>Over the server's certificate and last nonce.</summary>
    public SignatureData ClientSignature { get; init; } = new();
    /// <summary>Deprecated; empty.</summary>
    public SignedSoftwareCertificate[] ClientSoftwareCertificates { get; init; } = [];
    public string?[] LocaleIds { get; init; } = [];
    /// <summary>One of the identity tokens.</summary>
    public ExtensionObject? UserIdentityToken { get; init; }
    public SignatureData UserTokenSignature { get; init; } = new();

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        ClientSignature.Encode(writer);
        writer.WriteArray(ClientSoftwareCertificates);
        writer.WriteStringArray(LocaleIds);
        writer.WriteExtensionObject(UserIdentityToken);
        UserTokenSignature.Encode(writer);
    }

    public static ActivateSessionRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        ClientSignature = SignatureData.Decode(ref reader),
        ClientSoftwareCertificates = reader.ReadArray<SignedSoftwareCertificate>(),
        LocaleIds = reader.ReadStringArray(),
        UserIdentityToken = reader.ReadExtensionObject(),
        UserTokenSignature = SignatureData.Decode(ref reader),
    };
}

/// <summary>Answers ActivateSession.</summary>
public sealed record ActivateSessionResponse : IServiceResponse<ActivateSessionResponse>
{
    public static uint BinaryEncodingId => 470;
    public static int MinimumSize => 36;

    public ResponseHeader ResponseHeader { get; set; } = new();
    public byte[]? ServerNonce { get; init; }
    public StatusCode[] Results { get; init; } = [];
    public DiagnosticInfo?[] DiagnosticInfos { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        ResponseHeader.Encode(writer);
        writer.WriteByteString(ServerNonce);
        writer.WriteStatusCodeArray(Results);
        writer.WriteDiagnosticInfoArray(DiagnosticInfos);
    }

    public static ActivateSessionResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
        ServerNonce = reader.ReadByteString(),
        Results = reader.ReadStatusCodeArray(),
        DiagnosticInfos = reader.ReadDiagnosticInfoArray(),
    };
}
