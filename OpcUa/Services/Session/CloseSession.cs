using PatchEdge.OpcUa.Encoding;

namespace PatchEdge.OpcUa.Services;

/// <summary>Ends a session (Part 4, CloseSession).</summary>
public sealed record CloseSessionRequest : IServiceRequest<CloseSessionRequest>
{
    public static uint BinaryEncodingId => 473;
    public static int MinimumSize => 30;

    public RequestHeader RequestHeader { get; set; } = new();
    /// <summary>False leaves them for a transfer.</summary>
    public bool DeleteSubscriptions { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        writer.WriteBoolean(DeleteSubscriptions);
    }

    public static CloseSessionRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        DeleteSubscriptions = reader.ReadBoolean(),
    };
}

/// <summary>Answers CloseSession.</summary>
public sealed record CloseSessionResponse : IServiceResponse<CloseSessionResponse>
{
    public static uint BinaryEncodingId => 476;
    public static int MinimumSize => 24;

    public ResponseHeader ResponseHeader { get; set; } = new();

    public void Encode(UaBinaryWriter writer)
    {
        ResponseHeader.Encode(writer);
    }

    public static CloseSessionResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
    };
}
