using PatchEdge.OpcUa.Encoding;

namespace PatchEdge.OpcUa.Services;

/// <summary>Creates a subscription (Part 4, CreateSubscription).</summary>
public sealed record CreateSubscriptionRequest : IServiceRequest<CreateSubscriptionRequest>
{
    public static uint BinaryEncodingId => 787;
    public static int MinimumSize => 51;

    public RequestHeader RequestHeader { get; set; } = new();
    /// <summary>Milliseconds.</summary>
    public double RequestedPublishingInterval { get; init; }
    /// <summary>At least three times the keep-alive count.</summary>
    public uint RequestedLifetimeCount { get; init; }
    public uint RequestedMaxKeepAliveCount { get; init; }
    /// <summary>0 is no limit.</summary>
    public uint MaxNotificationsPerPublish { get; init; }
    public bool PublishingEnabled { get; init; }
    public byte Priority { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        writer.WriteDouble(RequestedPublishingInterval);
        writer.WriteUInt32(RequestedLifetimeCount);
        writer.WriteUInt32(RequestedMaxKeepAliveCount);
        writer.WriteUInt32(MaxNotificationsPerPublish);
        writer.WriteBoolean(PublishingEnabled);
        writer.WriteByte(Priority);
    }

    public static CreateSubscriptionRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        RequestedPublishingInterval = reader.ReadDouble(),
        RequestedLifetimeCount = reader.ReadUInt32(),
        RequestedMaxKeepAliveCount = reader.ReadUInt32(),
        MaxNotificationsPerPublish = reader.ReadUInt32(),
        PublishingEnabled = reader.ReadBoolean(),
        Priority = reader.ReadByte(),
    };
}

/// <summary>Answers CreateSubscription.</summary>
public sealed record CreateSubscriptionResponse : IServiceResponse<CreateSubscriptionResponse>
{
    public static uint BinaryEncodingId => 790;
    public static int MinimumSize => 44;

    public ResponseHeader ResponseHeader { get; set; } = new();
    public uint SubscriptionId { get; init; }
    /// <summary>Milliseconds.</summary>
    public double RevisedPublishingInterval { get; init; }
    public uint RevisedLifetimeCount { get; init; }
    public uint RevisedMaxKeepAliveCount { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        ResponseHeader.Encode(writer);
        writer.WriteUInt32(SubscriptionId);
        writer.WriteDouble(RevisedPublishingInterval);
        writer.WriteUInt32(RevisedLifetimeCount);
        writer.WriteUInt32(RevisedMaxKeepAliveCount);
    }

    public static CreateSubscriptionResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
        SubscriptionId = reader.ReadUInt32(),
        RevisedPublishingInterval = reader.ReadDouble(),
        RevisedLifetimeCount = reader.ReadUInt32(),
        RevisedMaxKeepAliveCount = reader.ReadUInt32(),
    };
}
