using PatchEdge.OpcUa.Encoding;

namespace PatchEdge.OpcUa.Services;

/// <summary>Which change is reported (Part 4 §7.22.2).</summary>
public enum DataChangeTrigger
{
    Status = 0,
    StatusValue = 1,
    StatusValueTimestamp = 2,
}

/// <summary>How small changes are ignored (Part 4 §7.22.2).</summary>
public enum DeadbandType
{
    None = 0,
    Absolute = 1,
    Percent = 2,
}

/// <summary>Which changes of a value are reported (Part 4 §7.22.2).</summary>
public sealed record DataChangeFilter : IEncodable<DataChangeFilter>
{
    public static uint BinaryEncodingId => 724;
    public static int MinimumSize => 16;

    public DataChangeTrigger Trigger { get; init; } = DataChangeTrigger.StatusValue;
    public DeadbandType DeadbandType { get; init; }
    /// <summary>Units of the value, or percent of its EURange.</summary>
    public double DeadbandValue { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteInt32((int)Trigger);
        writer.WriteUInt32(unchecked((uint)DeadbandType));
        writer.WriteDouble(DeadbandValue);
    }

    public static DataChangeFilter Decode(ref UaBinaryReader reader) => new()
    {
        Trigger = (DataChangeTrigger)reader.ReadInt32(),
        DeadbandType = unchecked((DeadbandType)reader.ReadUInt32()),
        DeadbandValue = reader.ReadDouble(),
    };
}
