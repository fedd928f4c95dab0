using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>Notifications of one subscription; none of them is a keep-alive (Part 4 §7.26).</summary>
public sealed record NotificationMessage : IEncodable<NotificationMessage>
{
    public static uint BinaryEncodingId => 805;
    public static int MinimumSize => 16;

    /// <summary>A keep-alive carries the next number without using it up.</summary>
    public uint SequenceNumber { get; init; }
    public DateTime PublishTime { get; init; }
    /// <summary>DataChangeNotification, EventNotificationList, StatusChangeNotification.</summary>
    public ExtensionObject?[] NotificationData { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteUInt32(SequenceNumber);
        writer.WriteDateTime(PublishTime);
        writer.WriteExtensionObjectArray(NotificationData);
    }

    public static NotificationMessage Decode(ref UaBinaryReader reader) => new()
    {
        SequenceNumber = reader.ReadUInt32(),
        PublishTime = reader.ReadDateTime(),
        NotificationData = reader.ReadExtensionObjectArray(),
    };
}

/// <summary>Values of monitored items, oldest first for each (Part 4 §7.25.2).</summary>
public sealed record DataChangeNotification : IEncodable<DataChangeNotification>
{
    public static uint BinaryEncodingId => 811;
    public static int MinimumSize => 8;

    public MonitoredItemNotification[] MonitoredItems { get; init; } = [];
    public DiagnosticInfo?[] DiagnosticInfos { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteArray(MonitoredItems);
        writer.WriteDiagnosticInfoArray(DiagnosticInfos);
    }

    public static DataChangeNotification Decode(ref UaBinaryReader reader) => new()
    {
        MonitoredItems = reader.ReadArray<MonitoredItemNotification>(),
        DiagnosticInfos = reader.ReadDiagnosticInfoArray(),
    };
}

/// <summary>One value of one monitored item (Part 4 §7.25.2).</summary>
public readonly record struct MonitoredItemNotification(uint ClientHandle, DataValue Value) : IEncodable<MonitoredItemNotification>
{
    public static uint BinaryEncodingId => 808;
    public static int MinimumSize => 5;

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteUInt32(ClientHandle);
        writer.WriteDataValue(Value);
    }

    public static MonitoredItemNotification Decode(ref UaBinaryReader reader) => new(reader.ReadUInt32(), reader.ReadDataValue());
}

/// <summary>The selected fields of one event (Part 4 §7.25.3).</summary>
public sealed record EventFieldList : IEncodable<EventFieldList>
{
    public static uint BinaryEncodingId => 919;
    public static int MinimumSize => 8;

    public uint ClientHandle { get; init; }
    public Variant[] EventFields { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteUInt32(ClientHandle);
        writer.WriteVariantArray(EventFields);
    }

    public static EventFieldList Decode(ref UaBinaryReader reader) => new()
    {
        ClientHandle = reader.ReadUInt32(),
        EventFields = reader.ReadVariantArray(),
    };
}

/// <summary>Events of monitored items (Part 4 §7.25.3).</summary>
public sealed record EventNotificationList : IEncodable<EventNotificationList>
{
    public static uint BinaryEncodingId => 916;
    public static int MinimumSize => 4;

    public EventFieldList[] Events { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteArray(Events);
    }

    public static EventNotificationList Decode(ref UaBinaryReader reader) => new()
    {
        Events = reader.ReadArray<EventFieldList>(),
    };
}

/// <summary>A change of the subscription itself, such as its end or transfer (Part 4 §7.25.4).</summary>
public sealed record StatusChangeNotification : IEncodable<StatusChangeNotification>
{
    public static uint BinaryEncodingId => 820;
    public static int MinimumSize => 5;

    public StatusCode Status { get; init; }
    public DiagnosticInfo? DiagnosticInfo { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteStatusCode(Status);
        writer.WriteDiagnosticInfo(DiagnosticInfo);
    }

    public static StatusChangeNotification Decode(ref UaBinaryReader reader) => new()
    {
        Status = reader.ReadStatusCode(),
        DiagnosticInfo = reader.ReadDiagnosticInfo(),
    };
}
