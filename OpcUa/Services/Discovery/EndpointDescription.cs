using PatchEdge.OpcUa.Encoding;

namespace PatchEdge.OpcUa.Services;

/// <summary>Kinds of user identity (Part 4 §7.43).</summary>
public enum UserTokenType
{
    Anonymous = 0,
    UserName = 1,
    Certificate = 2,
    IssuedToken = 3,
}

/// <summary>One kind of user identity that an endpoint accepts (Part 4 §7.42).</summary>
public sealed record UserTokenPolicy : IEncodable<UserTokenPolicy>
{
    public static uint BinaryEncodingId => 306;
    public static int MinimumSize => 20;

    /// <summary>Any characters; repeated in the token.</summary>
    public string? PolicyId { get; init; }
    public UserTokenType TokenType { get; init; }
    public string? IssuedTokenType { get; init; }
    public string? IssuerEndpointUrl { get; init; }
    /// <summary>Null or empty means the endpoint's own.</summary>
    public string? SecurityPolicyUri { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteString(PolicyId);
        writer.WriteInt32((int)TokenType);
        writer.WriteString(IssuedTokenType);
        writer.WriteString(IssuerEndpointUrl);
        writer.WriteString(SecurityPolicyUri);
    }

    public static UserTokenPolicy Decode(ref UaBinaryReader reader) => new()
    {
        PolicyId = reader.ReadString(),
        TokenType = (UserTokenType)reader.ReadInt32(),
        IssuedTokenType = reader.ReadString(),
        IssuerEndpointUrl = reader.ReadString(),
        SecurityPolicyUri = reader.ReadString(),
    };
}

/// <summary>A way to reach a server and how it is protected (Part 4 §7.14).</summary>
public sealed record EndpointDescription : IEncodable<EndpointDescription>
{
    public static uint BinaryEncodingId => 314;
    public static int MinimumSize => 50;

    public string? EndpointUrl { get; init; }
    public ApplicationDescription Server { get; init; } = new();
    /// <summary>DER, perhaps followed by its issuers.</summary>
    public byte[]? ServerCertificate { get; init; }
    public MessageSecurityMode SecurityMode { get; init; }
    public string? SecurityPolicyUri { get; init; }
    public UserTokenPolicy[] UserIdentityTokens { get; init; } = [];
    public string? TransportProfileUri { get; init; }
    /// <summary>The server's own ranking, higher is stronger.</summary>
    public byte SecurityLevel { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteString(EndpointUrl);
        Server.Encode(writer);
        writer.WriteByteString(ServerCertificate);
        writer.WriteInt32((int)SecurityMode);
        writer.WriteString(SecurityPolicyUri);
        writer.WriteArray(UserIdentityTokens);
        writer.WriteString(TransportProfileUri);
        writer.WriteByte(SecurityLevel);
    }

    public static EndpointDescription Decode(ref UaBinaryReader reader) => new()
    {
        EndpointUrl = reader.ReadString(),
        Server = ApplicationDescription.Decode(ref reader),
        ServerCertificate = reader.ReadByteString(),
        SecurityMode = (MessageSecurityMode)reader.ReadInt32(),
        SecurityPolicyUri = reader.ReadString(),
        UserIdentityTokens = reader.ReadArray<UserTokenPolicy>(),
        TransportProfileUri = reader.ReadString(),
        SecurityLevel = reader.ReadByte(),
    };
}
