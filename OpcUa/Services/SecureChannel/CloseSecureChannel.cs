using PatchEdge.OpcUa.Encoding;

namespace PatchEdge.OpcUa.Services;

/// <summary>Ends a secure channel; never answered over opc.tcp (Part 4, CloseSecureChannel).</summary>
public sealed record CloseSecureChannelRequest : IServiceRequest<CloseSecureChannelRequest>
{
    public static uint BinaryEncodingId => 452;
    public static int MinimumSize => 29;

    public RequestHeader RequestHeader { get; set; } = new();

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
    }

    public static CloseSecureChannelRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
    };
}

/// <summary>Answers CloseSecureChannel on transports that do.</summary>
public sealed record CloseSecureChannelResponse : IServiceResponse<CloseSecureChannelResponse>
{
    public static uint BinaryEncodingId => 455;
    public static int MinimumSize => 24;

    public ResponseHeader ResponseHeader { get; set; } = new();

    public void Encode(UaBinaryWriter writer)
    {
        ResponseHeader.Encode(writer);
    }

    public static CloseSecureChannelResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
    };
}
