using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>Whether an item samples and reports (Part 4 §7.23).</summary>
public enum MonitoringMode
{
    Disabled = 0,
    Sampling = 1,
    Reporting = 2,
}

/// <summary>How to sample and queue (Part 4 §7.21).</summary>
public sealed record MonitoringParameters : IEncodable<MonitoringParameters>
{
    public static uint BinaryEncodingId => 742;
    public static int MinimumSize => 20;

    /// <summary>Chosen by the client; comes back with every notification.</summary>
    public uint ClientHandle { get; init; }
    /// <summary>Milliseconds; −1 is the publishing interval, 0 as fast as it can.</summary>
    public double SamplingInterval { get; init; } = -1;
    /// <summary>DataChangeFilter, EventFilter or null.</summary>
    public ExtensionObject? Filter { get; init; }
    public uint QueueSize { get; init; } = 1;
    public bool DiscardOldest { get; init; } = true;

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteUInt32(ClientHandle);
        writer.WriteDouble(SamplingInterval);
        writer.WriteExtensionObject(Filter);
        writer.WriteUInt32(QueueSize);
        writer.WriteBoolean(DiscardOldest);
    }

    public static MonitoringParameters Decode(ref UaBinaryReader reader) => new()
    {
        ClientHandle = reader.ReadUInt32(),
        SamplingInterval = reader.ReadDouble(),
        Filter = reader.ReadExtensionObject(),
        QueueSize = reader.ReadUInt32(),
        DiscardOldest = reader.ReadBoolean(),
    };
}

/// <summary>One item to monitor (Part 4, CreateMonitoredItems).</summary>
public sealed record MonitoredItemCreateRequest : IEncodable<MonitoredItemCreateRequest>
{
    public static uint BinaryEncodingId => 745;
    public static int MinimumSize => 40;

    public ReadValueId ItemToMonitor { get; init; } = new();
    public MonitoringMode MonitoringMode { get; init; } = MonitoringMode.Reporting;
    public MonitoringParameters RequestedParameters { get; init; } = new();

    public void Encode(UaBinaryWriter writer)
    {
        ItemToMonitor.Encode(writer);
        writer.WriteInt32((int)MonitoringMode);
        RequestedParameters.Encode(writer);
    }

    public static MonitoredItemCreateRequest Decode(ref UaBinaryReader reader) => new()
    {
        ItemToMonitor = ReadValueId.Decode(ref reader),
        MonitoringMode = (MonitoringMode)reader.ReadInt32(),
        RequestedParameters = MonitoringParameters.Decode(ref reader),
    };
}

/// <summary>One item as the server took it (Part 4, CreateMonitoredItems).</summary>
public sealed record MonitoredItemCreateResult : IEncodable<MonitoredItemCreateResult>
{
    public static uint BinaryEncodingId => 748;
    public static int MinimumSize => 23;

    public StatusCode StatusCode { get; init; }
    public uint MonitoredItemId { get; init; }
    /// <summary>Milliseconds.</summary>
    public double RevisedSamplingInterval { get; init; }
    public uint RevisedQueueSize { get; init; }
    public ExtensionObject? FilterResult { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteStatusCode(StatusCode);
        writer.WriteUInt32(MonitoredItemId);
        writer.WriteDouble(RevisedSamplingInterval);
        writer.WriteUInt32(RevisedQueueSize);
        writer.WriteExtensionObject(FilterResult);
    }

    public static MonitoredItemCreateResult Decode(ref UaBinaryReader reader) => new()
    {
        StatusCode = reader.ReadStatusCode(),
        MonitoredItemId = reader.ReadUInt32(),
        RevisedSamplingInterval = reader.ReadDouble(),
        RevisedQueueSize = reader.ReadUInt32(),
        FilterResult = reader.ReadExtensionObject(),
    };
}

/// <summary>Adds items to a subscription (Part 4, CreateMonitoredItems).</summary>
public sealed record CreateMonitoredItemsRequest : IServiceRequest<CreateMonitoredItemsRequest>
{
    public static uint BinaryEncodingId => 751;
    public static int MinimumSize => 41;

    public RequestHeader RequestHeader { get; set; } = new();
    public uint SubscriptionId { get; init; }
    public TimestampsToReturn TimestampsToReturn { get; init; }
    public MonitoredItemCreateRequest[] ItemsToCreate { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        writer.WriteUInt32(SubscriptionId);
        writer.WriteInt32((int)TimestampsToReturn);
        writer.WriteArray(ItemsToCreate);
    }

    public static CreateMonitoredItemsRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        SubscriptionId = reader.ReadUInt32(),
        TimestampsToReturn = (TimestampsToReturn)reader.ReadInt32(),
        ItemsToCreate = reader.ReadArray<MonitoredItemCreateRequest>(),
    };
}

/// <summary>Answers CreateMonitoredItems, in the order of the request.</summary>
public sealed record CreateMonitoredItemsResponse : IServiceResponse<CreateMonitoredItemsResponse>
{
    public static uint BinaryEncodingId => 754;
    public static int MinimumSize => 32;

    public ResponseHeader ResponseHeader { get; set; } = new();
    public MonitoredItemCreateResult[] Results { get; init; } = [];
    public DiagnosticInfo?[] DiagnosticInfos { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        ResponseHeader.Encode(writer);
        writer.WriteArray(Results);
        writer.WriteDiagnosticInfoArray(DiagnosticInfos);
    }

    public static CreateMonitoredItemsResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
        Results = reader.ReadArray<MonitoredItemCreateResult>(),
        DiagnosticInfos = reader.ReadDiagnosticInfoArray(),
    };
}
