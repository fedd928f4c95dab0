using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>The span that a value normally has (Part 8 §5.6.2).</summary>
public sealed record Range : IEncodable<Range>
{
    public static uint BinaryEncodingId => 886;
    public static int MinimumSize => 16;

    public double Low { get; init; }
    public double High { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteDouble(Low);
        writer.WriteDouble(High);
    }

    public static Range Decode(ref UaBinaryReader reader) => new()
    {
        Low = reader.ReadDouble(),
        High = reader.ReadDouble(),
    };
}

/// <summary>A unit of measure (Part 8 §5.6.3).</summary>
public sealed record EUInformation : IEncodable<EUInformation>
{
    public static uint BinaryEncodingId => 889;
    public static int MinimumSize => 10;

    public string? NamespaceUri { get; init; }
    public int UnitId { get; init; }
    public LocalizedText DisplayName { get; init; }
    public LocalizedText Description { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteString(NamespaceUri);
        writer.WriteInt32(UnitId);
        writer.WriteLocalizedText(DisplayName);
        writer.WriteLocalizedText(Description);
    }

    public static EUInformation Decode(ref UaBinaryReader reader) => new()
    {
        NamespaceUri = reader.ReadString(),
        UnitId = reader.ReadInt32(),
        DisplayName = reader.ReadLocalizedText(),
        Description = reader.ReadLocalizedText(),
    };
}
