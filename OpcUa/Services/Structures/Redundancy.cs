using PatchEdge.OpcUa.Encoding;

namespace PatchEdge.OpcUa.Services;

/// <summary>How a server is backed by others (Part 5 §12.5).</summary>
public enum RedundancySupport
{
    None = 0,
    Cold = 1,
    Warm = 2,
    Hot = 3,
    Transparent = 4,
    HotAndMirrored = 5,
}

/// <summary>One server of a redundant set (Part 5 §12.7).</summary>
public sealed record RedundantServerDataType : IEncodable<RedundantServerDataType>
{
    public static uint BinaryEncodingId => 855;
    public static int MinimumSize => 9;

    public string? ServerId { get; init; }
    /// <summary>0 is maintenance, 255 fully operational.</summary>
    public byte ServiceLevel { get; init; }
    public ServerState ServerState { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteString(ServerId);
        writer.WriteByte(ServiceLevel);
        writer.WriteInt32((int)ServerState);
    }

    public static RedundantServerDataType Decode(ref UaBinaryReader reader) => new()
    {
        ServerId = reader.ReadString(),
        ServiceLevel = reader.ReadByte(),
        ServerState = (ServerState)reader.ReadInt32(),
    };
}

/// <summary>URLs of one server (Part 5 §12.22).</summary>
public sealed record EndpointUrlListDataType : IEncodable<EndpointUrlListDataType>
{
    public static uint BinaryEncodingId => 11957;
    public static int MinimumSize => 4;

    public string?[] EndpointUrlList { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteStringArray(EndpointUrlList);
    }

    public static EndpointUrlListDataType Decode(ref UaBinaryReader reader) => new()
    {
        EndpointUrlList = reader.ReadStringArray(),
    };
}

/// <summary>A server's ways into one network (Part 5 §12.23).</summary>
public sealed record NetworkGroupDataType : IEncodable<NetworkGroupDataType>
{
    public static uint BinaryEncodingId => 11958;
    public static int MinimumSize => 8;

    public string? ServerUri { get; init; }
    public EndpointUrlListDataType[] NetworkPaths { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteString(ServerUri);
        writer.WriteArray(NetworkPaths);
    }

    public static NetworkGroupDataType Decode(ref UaBinaryReader reader) => new()
    {
        ServerUri = reader.ReadString(),
        NetworkPaths = reader.ReadArray<EndpointUrlListDataType>(),
    };
}
