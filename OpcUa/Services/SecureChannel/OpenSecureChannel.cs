using PatchEdge.OpcUa.Encoding;

namespace PatchEdge.OpcUa.Services;

/// <summary>Whether a channel is opened or its token renewed (Part 4, OpenSecureChannel).</summary>
public enum SecurityTokenRequestType
{
    Issue = 0,
    Renew = 1,
}

/// <summary>Opens a secure channel or renews its token (Part 4, OpenSecureChannel).</summary>
public sealed record OpenSecureChannelRequest : IServiceRequest<OpenSecureChannelRequest>
{
    public static uint BinaryEncodingId => 446;
    public static int MinimumSize => 49;

    public RequestHeader RequestHeader { get; set; } = new();
    public uint ClientProtocolVersion { get; init; }
    public SecurityTokenRequestType RequestType { get; init; }
    public MessageSecurityMode SecurityMode { get; init; }
    public byte[]? ClientNonce { get; init; }
    /// <summary>Milliseconds.</summary>
    public uint RequestedLifetime { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        writer.WriteUInt32(ClientProtocolVersion);
        writer.WriteInt32((int)RequestType);
        writer.WriteInt32((int)SecurityMode);
        writer.WriteByteString(ClientNonce);
        writer.WriteUInt32(RequestedLifetime);
    }

    public static OpenSecureChannelRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        ClientProtocolVersion = reader.ReadUInt32(),
        RequestType = (SecurityTokenRequestType)reader.ReadInt32(),
        SecurityMode = (MessageSecurityMode)reader.ReadInt32(),
        ClientNonce = reader.ReadByteString(),
        RequestedLifetime = reader.ReadUInt32(),
    };
}

/// <summary>Answers OpenSecureChannel.</summary>
public sealed record OpenSecureChannelResponse : IServiceResponse<OpenSecureChannelResponse>
{
    public static uint BinaryEncodingId => 449;
    public static int MinimumSize => 52;

    public ResponseHeader ResponseHeader { get; set; } = new();
    public uint ServerProtocolVersion { get; init; }
    public ChannelSecurityToken SecurityToken { get; init; } = new();
    public byte[]? ServerNonce { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        ResponseHeader.Encode(writer);
        writer.WriteUInt32(ServerProtocolVersion);
        SecurityToken.Encode(writer);
        writer.WriteByteString(ServerNonce);
    }

    public static OpenSecureChannelResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
        ServerProtocolVersion = reader.ReadUInt32(),
        SecurityToken = ChannelSecurityToken.Decode(ref reader),
        ServerNonce = reader.ReadByteString(),
    };
}

/// <summary>Names the keys that protect messages, and until when (Part 4, OpenSecureChannel).</summary>
public sealed record ChannelSecurityToken : IEncodable<ChannelSecurityToken>
{
    public static uint BinaryEncodingId => 443;
    public static int MinimumSize => 20;

    public uint ChannelId { get; init; }
    public uint TokenId { get; init; }
    public DateTime CreatedAt { get; init; }
    /// <summary>Milliseconds.</summary>
    public uint RevisedLifetime { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteUInt32(ChannelId);
        writer.WriteUInt32(TokenId);
        writer.WriteDateTime(CreatedAt);
        writer.WriteUInt32(RevisedLifetime);
    }

    public static ChannelSecurityToken Decode(ref UaBinaryReader reader) => new()
    {
        ChannelId = reader.ReadUInt32(),
        TokenId = reader.ReadUInt32(),
        CreatedAt = reader.ReadDateTime(),
        RevisedLifetime = reader.ReadUInt32(),
    };
}
