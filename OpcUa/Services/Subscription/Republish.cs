using PatchEdge.OpcUa.Encoding;

namespace PatchEdge.OpcUa.Services;

/// <summary>Asks again for a notification message (Part 4, Republish).</summary>
public sealed record RepublishRequest : IServiceRequest<RepublishRequest>
{
    public static uint BinaryEncodingId => 832;
    public static int MinimumSize => 37;

    public RequestHeader RequestHeader { get; set; } = new();
    public uint SubscriptionId { get; init; }
    public uint RetransmitSequenceNumber { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        writer.WriteUInt32(SubscriptionId);
        writer.WriteUInt32(RetransmitSequenceNumber);
    }

    public static RepublishRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        SubscriptionId = reader.ReadUInt32(),
        RetransmitSequenceNumber = reader.ReadUInt32(),
    };
}

/// <summary>Answers Republish.</summary>
public sealed record RepublishResponse : IServiceResponse<RepublishResponse>
{
    public static uint BinaryEncodingId => 835;
    public static int MinimumSize => 40;

    public ResponseHeader ResponseHeader { get; set; } = new();
    public NotificationMessage NotificationMessage { get; init; } = new();

    public void Encode(UaBinaryWriter writer)
    {
        ResponseHeader.Encode(writer);
        NotificationMessage.Encode(writer);
    }

    public static RepublishResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
        NotificationMessage = NotificationMessage.Decode(ref reader),
    };
}
