using PatchEdge.OpcUa.Encoding;

namespace PatchEdge.OpcUa.Services;

/// <summary>Changes a subscription (Part 4, ModifySubscription).</summary>
public sealed record ModifySubscriptionRequest : IServiceRequest<ModifySubscriptionRequest>
{
    public static uint BinaryEncodingId => 793;
    public static int MinimumSize => 54;

    public RequestHeader RequestHeader { get; set; } = new();
    public uint SubscriptionId { get; init; }
    /// <summary>Milliseconds.</summary>
    public double RequestedPublishingInterval { get; init; }
    public uint RequestedLifetimeCount { get; init; }
    public uint RequestedMaxKeepAliveCount { get; init; }
    public uint MaxNotificationsPerPublish { get; init; }
    public byte Priority { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        writer.WriteUInt32(SubscriptionId);
        writer.WriteDouble(RequestedPublishingInterval);
        writer.WriteUInt32(RequestedLifetimeCount);
        writer.WriteUInt32(RequestedMaxKeepAliveCount);
        writer.WriteUInt32(MaxNotificationsPerPublish);
        writer.WriteByte(Priority);
    }

    public static ModifySubscriptionRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        SubscriptionId = reader.ReadUInt32(),
        RequestedPublishingInterval = reader.ReadDouble(),
        RequestedLifetimeCount = reader.ReadUInt32(),
        RequestedMaxKeepAliveCount = reader.ReadUInt32(),
        MaxNotificationsPerPublish = reader.ReadUInt32(),
        Priority = reader.ReadByte(),
    };
}

/// <summary>Answers ModifySubscription.</summary>
public sealed record ModifySubscriptionResponse : IServiceResponse<ModifySubscriptionResponse>
{
    public static uint BinaryEncodingId => 796;
    public static int MinimumSize => 40;

    public ResponseHeader ResponseHeader { get; set; } = new();
    /// <summary>Milliseconds.</summary>
    public double RevisedPublishingInterval { get; init; }
    public uint RevisedLifetimeCount { get; init; }
    public uint RevisedMaxKeepAliveCount { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        ResponseHeader.Encode(writer);
        writer.WriteDouble(RevisedPublishingInterval);
        writer.WriteUInt32(RevisedLifetimeCount);
        writer.WriteUInt32(RevisedMaxKeepAliveCount);
    }

    public static ModifySubscriptionResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
        RevisedPublishingInterval = reader.ReadDouble(),
        RevisedLifetimeCount = reader.ReadUInt32(),
        RevisedMaxKeepAliveCount = reader.ReadUInt32(),
    };
}
