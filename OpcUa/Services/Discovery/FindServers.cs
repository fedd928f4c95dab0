using PatchEdge.OpcUa.Encoding;

namespace PatchEdge.OpcUa.Services;

/// <summary>Asks which servers a server or discovery server knows (Part 4, FindServers).</summary>
public sealed record FindServersRequest : IServiceRequest<FindServersRequest>
{
    public static uint BinaryEncodingId => 422;
    public static int MinimumSize => 41;

    public RequestHeader RequestHeader { get; set; } = new();
    /// <summary>The URL that the client used.</summary>
    public string? EndpointUrl { get; init; }
    public string?[] LocaleIds { get; init; } = [];
    /// <summary>Empty asks for all.</summary>
    public string?[] ServerUris { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        writer.WriteString(EndpointUrl);
        writer.WriteStringArray(LocaleIds);
        writer.WriteStringArray(ServerUris);
    }

    public static FindServersRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        EndpointUrl = reader.ReadString(),
        LocaleIds = reader.ReadStringArray(),
        ServerUris = reader.ReadStringArray(),
    };
}

/// <summary>Answers FindServers.</summary>
public sealed record FindServersResponse : IServiceResponse<FindServersResponse>
{
    public static uint BinaryEncodingId => 425;
    public static int MinimumSize => 28;

    public ResponseHeader ResponseHeader { get; set; } = new();
    public ApplicationDescription[] Servers { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        ResponseHeader.Encode(writer);
        writer.WriteArray(Servers);
    }

    public static FindServersResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
        Servers = reader.ReadArray<ApplicationDescription>(),
    };
}
