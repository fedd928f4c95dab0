using PatchEdge.OpcUa.Encoding;

namespace PatchEdge.OpcUa.Services;

/// <summary>Asks for the endpoints of a server (Part 4, GetEndpoints).</summary>
public sealed record GetEndpointsRequest : IServiceRequest<GetEndpointsRequest>
{
    public static uint BinaryEncodingId => 428;
    public static int MinimumSize => 41;

    public RequestHeader RequestHeader { get; set; } = new();
    /// <summary>The URL that the client used.</summary>
    public string? EndpointUrl { get; init; }
    public string?[] LocaleIds { get; init; } = [];
    /// <summary>Transport profiles wanted; empty asks for all.</summary>
    public string?[] ProfileUris { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        writer.WriteString(EndpointUrl);
        writer.WriteStringArray(LocaleIds);
        writer.WriteStringArray(ProfileUris);
    }

    public static GetEndpointsRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        EndpointUrl = reader.ReadString(),
        LocaleIds = reader.ReadStringArray(),
        ProfileUris = reader.ReadStringArray(),
    };
}

/// <summary>Answers GetEndpoints.</summary>
public sealed record GetEndpointsResponse : IServiceResponse<GetEndpointsResponse>
{
    public static uint BinaryEncodingId => 431;
    public static int MinimumSize => 28;

    public ResponseHeader ResponseHeader { get; set; } = new();
    public EndpointDescription[] Endpoints { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        ResponseHeader.Encode(writer);
        writer.WriteArray(Endpoints);
    }

    public static GetEndpointsResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
        Endpoints = reader.ReadArray<EndpointDescription>(),
    };
}
