using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>What a server is doing (Part 5 §12.6).</summary>
public enum ServerState
{
    Running = 0,
    Failed = 1,
    NoConfiguration = 2,
    Suspended = 3,
    Shutdown = 4,
    Test = 5,
    CommunicationFault = 6,
    Unknown = 7,
}

/// <summary>Who made the server's software (Part 5 §12.4).</summary>
public sealed record BuildInfo : IEncodable<BuildInfo>
{
    public static uint BinaryEncodingId => 340;
    public static int MinimumSize => 28;

    public string? ProductUri { get; init; }
    public string? ManufacturerName { get; init; }
    public string? ProductName { get; init; }
    public string? SoftwareVersion { get; init; }
    public string? BuildNumber { get; init; }
    public DateTime BuildDate { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteString(ProductUri);
        writer.WriteString(ManufacturerName);
        writer.WriteString(ProductName);
        writer.WriteString(SoftwareVersion);
        writer.WriteString(BuildNumber);
        writer.WriteDateTime(BuildDate);
    }

    public static BuildInfo Decode(ref UaBinaryReader reader) => new()
    {
        ProductUri = reader.ReadString(),
        ManufacturerName = reader.ReadString(),
        ProductName = reader.ReadString(),
        SoftwareVersion = reader.ReadString(),
        BuildNumber = reader.ReadString(),
        BuildDate = reader.ReadDateTime(),
    };
}

/// <summary>State and clock of a server (Part 5 §12.10).</summary>
public sealed record ServerStatusDataType : IEncodable<ServerStatusDataType>
{
    public static uint BinaryEncodingId => 864;
    public static int MinimumSize => 53;

    public DateTime StartTime { get; init; }
    public DateTime CurrentTime { get; init; }
    public ServerState State { get; init; }
    public BuildInfo BuildInfo { get; init; } = new();
    public uint SecondsTillShutdown { get; init; }
    public LocalizedText ShutdownReason { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteDateTime(StartTime);
        writer.WriteDateTime(CurrentTime);
        writer.WriteInt32((int)State);
        BuildInfo.Encode(writer);
        writer.WriteUInt32(SecondsTillShutdown);
        writer.WriteLocalizedText(ShutdownReason);
    }

    public static ServerStatusDataType Decode(ref UaBinaryReader reader) => new()
    {
        StartTime = reader.ReadDateTime(),
        CurrentTime = reader.ReadDateTime(),
        State = (ServerState)reader.ReadInt32(),
        BuildInfo = BuildInfo.Decode(ref reader),
        SecondsTillShutdown = reader.ReadUInt32(),
        ShutdownReason = reader.ReadLocalizedText(),
    };
}
