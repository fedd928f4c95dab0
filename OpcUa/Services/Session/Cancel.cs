using PatchEdge.OpcUa.Encoding;

namespace PatchEdge.OpcUa.Services;

/// <summary>Cancels outstanding requests with a handle (Part 4, Cancel).</summary>
public sealed record CancelRequest : IServiceRequest<CancelRequest>
{
    public static uint BinaryEncodingId => 479;
    public static int MinimumSize => 33;

    public RequestHeader RequestHeader { get; set; } = new();
    public uint RequestHandle { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        writer.WriteUInt32(RequestHandle);
    }

    public static CancelRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        RequestHandle = reader.ReadUInt32(),
    };
}

/// <summary>Answers Cancel.</summary>
public sealed record CancelResponse : IServiceResponse<CancelResponse>
{
    public static uint BinaryEncodingId => 482;
    public static int MinimumSize => 28;

    public ResponseHeader ResponseHeader { get; set; } = new();
    public uint CancelCount { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        ResponseHeader.Encode(writer);
        writer.WriteUInt32(CancelCount);
    }

    public static CancelResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
        CancelCount = reader.ReadUInt32(),
    };
}
