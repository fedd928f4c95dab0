using PatchEdge.OpcUa.Encoding;

namespace PatchEdge.OpcUa.Services;

/// <summary>A signature and the URI of its algorithm (Part 4 §7.37).</summary>
public sealed record SignatureData : IEncodable<SignatureData>
{
    public static uint BinaryEncodingId => 458;
    public static int MinimumSize => 8;

    public string? Algorithm { get; init; }
    public byte[]? Signature { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteString(Algorithm);
        writer.WriteByteString(Signature);
    }

    public static SignatureData Decode(ref UaBinaryReader reader) => new()
    {
        Algorithm = reader.ReadString(),
        Signature = reader.ReadByteString(),
    };
}
