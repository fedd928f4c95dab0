using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>A notification that the client has safely (Part 4, Publish).</summary>
public sealed record SubscriptionAcknowledgement : IEncodable<SubscriptionAcknowledgement>
{
    public static uint BinaryEncodingId => 823;
    public static int MinimumSize => 8;

    public uint SubscriptionId { get; init; }
    public uint SequenceNumber { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteUInt32(SubscriptionId);
        writer.WriteUInt32(SequenceNumber);
    }

    public static SubscriptionAcknowledgement Decode(ref UaBinaryReader reader) => new()
    {
        SubscriptionId = reader.ReadUInt32(),
        SequenceNumber = reader.ReadUInt32(),
    };
}

/// <summary>Lets the server send one notification message (Part 4, Publish).</summary>
public sealed record PublishRequest : IServiceRequest<PublishRequest>
{
    public static uint BinaryEncodingId => 826;
    public static int MinimumSize => 33;

    public RequestHeader RequestHeader { get; set; } = new();
    public SubscriptionAcknowledgement[] SubscriptionAcknowledgements { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        writer.WriteArray(SubscriptionAcknowledgements);
    }

    public static PublishRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        SubscriptionAcknowledgements = reader.ReadArray<SubscriptionAcknowledgement>(),
    };
}

/// <summary>A notification message, or a keep-alive (Part 4, Publish).</summary>
public sealed record PublishResponse : IServiceResponse<PublishResponse>
{
    public static uint BinaryEncodingId => 829;
    public static int MinimumSize => 57;

    public ResponseHeader ResponseHeader { get; set; } = new();
    public uint SubscriptionId { get; init; }
    /// <summary>What may still be republished.</summary>
    public uint[] AvailableSequenceNumbers { get; init; } = [];
    public bool MoreNotifications { get; init; }
    public NotificationMessage NotificationMessage { get; init; } = new();
    /// <summary>Of the acknowledgements.</summary>
    public StatusCode[] Results { get; init; } = [];
    public DiagnosticInfo?[] DiagnosticInfos { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        ResponseHeader.Encode(writer);
        writer.WriteUInt32(SubscriptionId);
        writer.WriteUInt32Array(AvailableSequenceNumbers);
        writer.WriteBoolean(MoreNotifications);
        NotificationMessage.Encode(writer);
        writer.WriteStatusCodeArray(Results);
        writer.WriteDiagnosticInfoArray(DiagnosticInfos);
    }

    public static PublishResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
        SubscriptionId = reader.ReadUInt32(),
        AvailableSequenceNumbers = reader.ReadUInt32Array(),
        MoreNotifications = reader.ReadBoolean(),
        NotificationMessage = NotificationMessage.Decode(ref reader),
        Results = reader.ReadStatusCodeArray(),
        DiagnosticInfos = reader.ReadDiagnosticInfoArray(),
    };
}
