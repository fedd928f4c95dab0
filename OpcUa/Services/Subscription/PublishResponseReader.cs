using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>
/// Decodes Publish and Republish responses into memory that it keeps: in steady state, and for scalar values, nothing is allocated.
/// One reader holds one response at a time; everything it exposes is valid until the next <see cref="TryRead"/>. Not thread-safe: pool several.
/// </summary>
public sealed class PublishResponseReader
{
    // A single burst must not be held for ever.
    private const int MaxRetainedItems = 64 * 1024;

    private readonly List<ExtensionObject> others = [];
    private MonitoredItemNotification[] items = [];
    private int itemCount;
    private bool itemsRefer;
    private uint[] available = [];
    private int availableCount;
    private StatusCode[] results = [];
    private int resultCount;

    public uint RequestHandle { get; private set; }
    public DateTime Timestamp { get; private set; }
    public StatusCode ServiceResult { get; private set; }

    /// <summary>0 in a Republish response, which does not carry it.</summary>
    public uint SubscriptionId { get; private set; }

    /// <summary>What may still be republished; empty in a Republish response.</summary>
    public ReadOnlySpan<uint> AvailableSequenceNumbers => available.AsSpan(0, availableCount);
    public bool MoreNotifications { get; private set; }

    /// <summary>A keep-alive carries the next number without using it up.</summary>
    public uint SequenceNumber { get; private set; }
    public DateTime PublishTime { get; private set; }

    /// <summary>Values of all data change notifications of the message, in its order.</summary>
    public ReadOnlyMemory<MonitoredItemNotification> Items => items.AsMemory(0, itemCount);

    /// <summary>Values among <see cref="Items"/> beside which the server's queue lost others.</summary>
    public int Overflows { get; private set; }

    /// <summary>Values among <see cref="Items"/> that held text which is none.</summary>
    public int MalformedValues { get; private set; }

    /// <summary>Events, status changes and whatever else is no data change.</summary>
    public IReadOnlyList<ExtensionObject> Others => others;

    /// <summary>Neither values nor anything else: the server only says that it is there.</summary>
    public bool IsKeepAlive => itemCount == 0 && others.Count == 0;

    /// <summary>Outcome of the acknowledgements, in the order of the request; empty in a Republish response.</summary>
    public ReadOnlySpan<StatusCode> Results => results.AsSpan(0, resultCount);

    /// <summary>
    /// Decodes a whole message. False, and nothing changed, when it is neither a Publish nor a Republish response: then
    /// <see cref="ServiceMessages.DecodeResponse"/> tells what it is, usually a <see cref="ServiceFault"/>.
    /// </summary>
    /// <exception cref="UaException">The message is damaged; what the reader exposes is then meaningless.</exception>
    public bool TryRead(ReadOnlySpan<byte> message, DecodingLimits? limits = null)
    {
        var reader = new UaBinaryReader(message, limits ?? DecodingLimits.Response);
        NodeId typeId = reader.ReadNodeId();
        bool isPublish = typeId == PublishResponse.BinaryEncodingId;
        if (!isPublish && typeId != RepublishResponse.BinaryEncodingId) return false;

        Clear();
        ReadHeader(ref reader);
        if (isPublish)
        {
            SubscriptionId = reader.ReadUInt32();
            ReadAvailable(ref reader);
            MoreNotifications = reader.ReadBoolean();
        }
        ReadNotificationMessage(ref reader);
        if (isPublish)
        {
            ReadResults(ref reader);
            reader.ReadDiagnosticInfoArray();
        }
        reader.ExpectEnd();
        MalformedValues = reader.MalformedValues;
        return true;
    }

    /// <summary>Forgets the response, so that a reader waiting in a pool keeps no values alive.</summary>
    public void Clear()
    {
        // Strings and arrays among the values are not held longer than the response; numbers may stay until they are overwritten.
        if (itemsRefer) items.AsSpan(0, itemCount).Clear();
        itemsRefer = false;
        Overflows = MalformedValues = 0;
        if (items.Length > MaxRetainedItems) items = [];
        itemCount = availableCount = resultCount = 0;
        others.Clear();
        SubscriptionId = SequenceNumber = 0;
        MoreNotifications = false;
    }

    private void ReadHeader(ref UaBinaryReader reader)
    {
        Timestamp = reader.ReadDateTime();
        RequestHandle = reader.ReadUInt32();
        ServiceResult = reader.ReadStatusCode();
        reader.ReadDiagnosticInfo();
        reader.ReadStringArray();
        reader.ReadExtensionObject();
    }

    private void ReadNotificationMessage(ref UaBinaryReader reader)
    {
        SequenceNumber = reader.ReadUInt32();
        PublishTime = reader.ReadDateTime();
        int count = reader.ReadCount<ExtensionObject>(minimumSize: 3);
        for (int i = 0; i < count; i++)
        {
            if (reader.TryBeginStructure(DataChangeNotification.BinaryEncodingId, out int outerEnd))
            {
                ReadItems(ref reader);
                reader.ReadDiagnosticInfoArray();
                reader.EndStructure(outerEnd);
            }
            else if (reader.ReadExtensionObject() is { } other) others.Add(other);
        }
    }

    private void ReadItems(ref UaBinaryReader reader)
    {
        int count = reader.ReadCount<MonitoredItemNotification>(MonitoredItemNotification.MinimumSize);
        Grow(ref items, itemCount, count);
        Span<MonitoredItemNotification> target = items.AsSpan(itemCount, count);
        // Beforehand: what is decoded when a fault ends the loop is let go of too.
        itemCount += count;
        bool before = itemsRefer;
        itemsRefer = true;
        bool refer = false;
        int overflows = 0;
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = MonitoredItemNotification.Decode(ref reader);
            refer |= target[i].Value.Value.HasReference;
            if (target[i].Value.Status.HasOverflow) overflows++;
        }
        itemsRefer = before | refer;
        Overflows += overflows;
    }

    private void ReadAvailable(ref UaBinaryReader reader)
    {
        int count = reader.ReadCount<uint>(minimumSize: 4);
        Grow(ref available, 0, count);
        for (int i = 0; i < count; i++) available[i] = reader.ReadUInt32();
        availableCount = count;
    }

    private void ReadResults(ref UaBinaryReader reader)
    {
        int count = reader.ReadCount<StatusCode>(minimumSize: 4);
        Grow(ref results, 0, count);
        for (int i = 0; i < count; i++) results[i] = reader.ReadStatusCode();
        resultCount = count;
    }

    private static void Grow<T>(ref T[] array, int used, int more)
    {
        if (array.Length - used < more) Array.Resize(ref array, Math.Max(used + more, array.Length * 2));
    }
}
