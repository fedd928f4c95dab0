using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>One argument of a method (Part 3 §8.6).</summary>
public sealed record Argument : IEncodable<Argument>
{
    public static uint BinaryEncodingId => 298;
    public static int MinimumSize => 15;

    public string? Name { get; init; }
    public NodeId DataType { get; init; }
    public int ValueRank { get; init; } = ValueRanks.Scalar;
    public uint[] ArrayDimensions { get; init; } = [];
    public LocalizedText Description { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteString(Name);
        writer.WriteNodeId(DataType);
        writer.WriteInt32(ValueRank);
        writer.WriteUInt32Array(ArrayDimensions);
        writer.WriteLocalizedText(Description);
    }

    public static Argument Decode(ref UaBinaryReader reader) => new()
    {
        Name = reader.ReadString(),
        DataType = reader.ReadNodeId(),
        ValueRank = reader.ReadInt32(),
        ArrayDimensions = reader.ReadUInt32Array(),
        Description = reader.ReadLocalizedText(),
    };
}
