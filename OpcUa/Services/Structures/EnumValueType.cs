using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>One value of an enumeration (Part 3 §8.39).</summary>
public sealed record EnumValueType : IEncodable<EnumValueType>
{
    public static uint BinaryEncodingId => 8251;
    public static int MinimumSize => 10;

    public long Value { get; init; }
    public LocalizedText DisplayName { get; init; }
    public LocalizedText Description { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteInt64(Value);
        writer.WriteLocalizedText(DisplayName);
        writer.WriteLocalizedText(Description);
    }

    public static EnumValueType Decode(ref UaBinaryReader reader) => new()
    {
        Value = reader.ReadInt64(),
        DisplayName = reader.ReadLocalizedText(),
        Description = reader.ReadLocalizedText(),
    };
}
