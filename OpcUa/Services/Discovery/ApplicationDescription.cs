using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>What an application is (Part 4 §7.4).</summary>
public enum ApplicationType
{
    Server = 0,
    Client = 1,
    ClientAndServer = 2,
    DiscoveryServer = 3,
}

/// <summary>Describes an application (Part 4 §7.2).</summary>
public sealed record ApplicationDescription : IEncodable<ApplicationDescription>
{
    public static uint BinaryEncodingId => 310;
    public static int MinimumSize => 25;

    public string? ApplicationUri { get; init; }
    public string? ProductUri { get; init; }
    public LocalizedText ApplicationName { get; init; }
    public ApplicationType ApplicationType { get; init; }
    public string? GatewayServerUri { get; init; }
    public string? DiscoveryProfileUri { get; init; }
    public string?[] DiscoveryUrls { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteString(ApplicationUri);
        writer.WriteString(ProductUri);
        writer.WriteLocalizedText(ApplicationName);
        writer.WriteInt32((int)ApplicationType);
        writer.WriteString(GatewayServerUri);
        writer.WriteString(DiscoveryProfileUri);
        writer.WriteStringArray(DiscoveryUrls);
    }

    public static ApplicationDescription Decode(ref UaBinaryReader reader) => new()
    {
        ApplicationUri = reader.ReadString(),
        ProductUri = reader.ReadString(),
        ApplicationName = reader.ReadLocalizedText(),
        ApplicationType = (ApplicationType)reader.ReadInt32(),
        GatewayServerUri = reader.ReadString(),
        DiscoveryProfileUri = reader.ReadString(),
        DiscoveryUrls = reader.ReadStringArray(),
    };
}
