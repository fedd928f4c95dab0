using PatchEdge.OpcUa.Encoding;

namespace PatchEdge.OpcUa.Services;

/// <summary>Local time of a server (Part 3 §8.28).</summary>
public sealed record TimeZoneDataType : IEncodable<TimeZoneDataType>
{
    public static uint BinaryEncodingId => 8917;
    public static int MinimumSize => 3;

    /// <summary>Minutes from UTC.</summary>
    public short Offset { get; init; }
    public bool DaylightSavingInOffset { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteInt16(Offset);
        writer.WriteBoolean(DaylightSavingInOffset);
    }

    public static TimeZoneDataType Decode(ref UaBinaryReader reader) => new()
    {
        Offset = reader.ReadInt16(),
        DaylightSavingInOffset = reader.ReadBoolean(),
    };
}
