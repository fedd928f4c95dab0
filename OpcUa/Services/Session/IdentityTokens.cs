using PatchEdge.OpcUa.Encoding;

namespace PatchEdge.OpcUa.Services;

/// <summary>No user at all (Part 4 §7.41).</summary>
public sealed record AnonymousIdentityToken : IEncodable<AnonymousIdentityToken>
{
    public static uint BinaryEncodingId => 321;
    public static int MinimumSize => 4;

    public string? PolicyId { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteString(PolicyId);
    }

    public static AnonymousIdentityToken Decode(ref UaBinaryReader reader) => new()
    {
        PolicyId = reader.ReadString(),
    };
}

/// <summary>A name and a password (Part 4 §7.41).</summary>
public sealed record UserNameIdentityToken : IEncodable<UserNameIdentityToken>
{
    public static uint BinaryEncodingId => 324;
    public static int MinimumSize => 16;

    public string? PolicyId { get; init; }
    public string? UserName { get; init; }
    /// <summary>Encrypted with the server's nonce, or plain UTF-8 where the policy is None.</summary>
    public byte[]? Password { get; init; }
    public string? EncryptionAlgorithm { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteString(PolicyId);
        writer.WriteString(UserName);
        writer.WriteByteString(Password);
        writer.WriteString(EncryptionAlgorithm);
    }

    public static UserNameIdentityToken Decode(ref UaBinaryReader reader) => new()
    {
        PolicyId = reader.ReadString(),
        UserName = reader.ReadString(),
        Password = reader.ReadByteString(),
        EncryptionAlgorithm = reader.ReadString(),
    };

    /// <summary>Never shows the secret.</summary>
    public override string ToString() => $"UserNameIdentityToken {{ PolicyId = {PolicyId} }}";
}

/// <summary>A user's certificate, proved by the user token signature (Part 4 §7.41).</summary>
public sealed record X509IdentityToken : IEncodable<X509IdentityToken>
{
    public static uint BinaryEncodingId => 327;
    public static int MinimumSize => 8;

    public string? PolicyId { get; init; }
    public byte[]? CertificateData { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteString(PolicyId);
        writer.WriteByteString(CertificateData);
    }

    public static X509IdentityToken Decode(ref UaBinaryReader reader) => new()
    {
        PolicyId = reader.ReadString(),
        CertificateData = reader.ReadByteString(),
    };
}

/// <summary>A token of an external issuer, such as a JWT (Part 4 §7.41).</summary>
public sealed record IssuedIdentityToken : IEncodable<IssuedIdentityToken>
{
    public static uint BinaryEncodingId => 940;
    public static int MinimumSize => 12;

    public string? PolicyId { get; init; }
    public byte[]? TokenData { get; init; }
    public string? EncryptionAlgorithm { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteString(PolicyId);
        writer.WriteByteString(TokenData);
        writer.WriteString(EncryptionAlgorithm);
    }

    public static IssuedIdentityToken Decode(ref UaBinaryReader reader) => new()
    {
        PolicyId = reader.ReadString(),
        TokenData = reader.ReadByteString(),
        EncryptionAlgorithm = reader.ReadString(),
    };

    /// <summary>Never shows the secret.</summary>
    public override string ToString() => $"IssuedIdentityToken {{ PolicyId = {PolicyId} }}";
}
