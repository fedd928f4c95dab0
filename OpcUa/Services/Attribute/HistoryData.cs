using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>Asks for stored values of a time range (Part 11 §6.5.3).</summary>
public sealed record ReadRawModifiedDetails : IEncodable<ReadRawModifiedDetails>
{
    public static uint BinaryEncodingId => 649;
    public static int MinimumSize => 22;

    public bool IsReadModified { get; init; }
    /// <summary>Of the three StartTime, EndTime and NumValuesPerNode at least two are given.</summary>
    public DateTime StartTime { get; init; }
    /// <summary>Before StartTime reads backwards.</summary>
    public DateTime EndTime { get; init; }
    /// <summary>0 is no limit.</summary>
    public uint NumValuesPerNode { get; init; }
    public bool ReturnBounds { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteBoolean(IsReadModified);
        writer.WriteDateTime(StartTime);
        writer.WriteDateTime(EndTime);
        writer.WriteUInt32(NumValuesPerNode);
        writer.WriteBoolean(ReturnBounds);
    }

    public static ReadRawModifiedDetails Decode(ref UaBinaryReader reader) => new()
    {
        IsReadModified = reader.ReadBoolean(),
        StartTime = reader.ReadDateTime(),
        EndTime = reader.ReadDateTime(),
        NumValuesPerNode = reader.ReadUInt32(),
        ReturnBounds = reader.ReadBoolean(),
    };
}

/// <summary>Asks for values at points in time (Part 11 §6.5.5).</summary>
public sealed record ReadAtTimeDetails : IEncodable<ReadAtTimeDetails>
{
    public static uint BinaryEncodingId => 655;
    public static int MinimumSize => 5;

    public DateTime[] ReqTimes { get; init; } = [];
    public bool UseSimpleBounds { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteDateTimeArray(ReqTimes);
        writer.WriteBoolean(UseSimpleBounds);
    }

    public static ReadAtTimeDetails Decode(ref UaBinaryReader reader) => new()
    {
        ReqTimes = reader.ReadDateTimeArray(),
        UseSimpleBounds = reader.ReadBoolean(),
    };
}

/// <summary>Stored values in the order asked for (Part 11 §6.6.2).</summary>
public sealed record HistoryData : IEncodable<HistoryData>
{
    public static uint BinaryEncodingId => 658;
    public static int MinimumSize => 4;

    public DataValue[] DataValues { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteDataValueArray(DataValues);
    }

    public static HistoryData Decode(ref UaBinaryReader reader) => new()
    {
        DataValues = reader.ReadDataValueArray(),
    };
}

/// <summary>How a stored value was changed (Part 11 §6.6.3).</summary>
public enum HistoryUpdateType
{
    Insert = 1,
    Replace = 2,
    Update = 3,
    Delete = 4,
}

/// <summary>Who changed a stored value, and when (Part 11 §6.6.3).</summary>
public sealed record ModificationInfo : IEncodable<ModificationInfo>
{
    public static uint BinaryEncodingId => 11226;
    public static int MinimumSize => 16;

    public DateTime ModificationTime { get; init; }
    public HistoryUpdateType UpdateType { get; init; }
    public string? UserName { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteDateTime(ModificationTime);
        writer.WriteInt32((int)UpdateType);
        writer.WriteString(UserName);
    }

    public static ModificationInfo Decode(ref UaBinaryReader reader) => new()
    {
        ModificationTime = reader.ReadDateTime(),
        UpdateType = (HistoryUpdateType)reader.ReadInt32(),
        UserName = reader.ReadString(),
    };
}

/// <summary>Stored values that were changed (Part 11 §6.6.3).</summary>
public sealed record HistoryModifiedData : IEncodable<HistoryModifiedData>
{
    public static uint BinaryEncodingId => 11227;
    public static int MinimumSize => 8;

    public DataValue[] DataValues { get; init; } = [];
    public ModificationInfo[] ModificationInfos { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteDataValueArray(DataValues);
        writer.WriteArray(ModificationInfos);
    }

    public static HistoryModifiedData Decode(ref UaBinaryReader reader) => new()
    {
        DataValues = reader.ReadDataValueArray(),
        ModificationInfos = reader.ReadArray<ModificationInfo>(),
    };
}
