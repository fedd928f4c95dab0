using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.Gateway.Journal.Blocks;

/// <summary>
/// Readings as bytes: each notification's head (server, subscription, sequence number, times, count), then its readings. Times are differences
/// to the one before, values are written by type, what is neither number nor text as OPC UA Binary. About a dozen bytes for a number, before compression.
/// </summary>
internal sealed class ReadingBlock : IDisposable
{
    /// <summary>Marks a value that is written as an OPC UA Binary Variant.</summary>
    internal const byte Foreign = 0x80;

    private readonly BlockBuffer buffer = new();
    private UaBinaryWriter? foreign;
    private long lastReceived;
    private long lastSource;

    /// <summary>Readings in the block.</summary>
    public int Count { get; private set; }

    public int Notifications { get; private set; }

    public int Length => buffer.Length;

    public ReadOnlySpan<byte> Written => buffer.Written;

    /// <param name="head">Whose readings follow; exactly <see cref="NotificationHead.Count"/> calls of <see cref="Add"/> must.</param>
    public void Start(in NotificationHead head)
    {
        buffer.Unsigned((ulong)head.Server);
        buffer.Unsigned(head.SubscriptionId);
        buffer.Unsigned(head.SequenceNumber);
        buffer.Signed(unchecked(head.Received.Ticks - lastReceived));
        buffer.Signed(unchecked(head.Published.Ticks - head.Received.Ticks));
        buffer.Unsigned((ulong)head.Count);
        lastReceived = head.Received.Ticks;
        Notifications++;
    }

    /// <param name="source">Id in the journal's table of sources.</param>
    /// <param name="value">As it arrived.</param>
    public void Add(int source, in DataValue value)
    {
        buffer.Unsigned((ulong)source);
        buffer.Unsigned(value.Status.Value);
        buffer.Signed(unchecked(value.SourceTimestamp.Ticks - lastSource));
        buffer.Signed(unchecked(value.ServerTimestamp.Ticks - value.SourceTimestamp.Ticks));
        lastSource = value.SourceTimestamp.Ticks;
        AddValue(value.Value);
        Count++;
    }

    public void Dispose()
    {
        buffer.Dispose();
        foreign?.Dispose();
    }

    private void AddValue(in Variant value)
    {
        if (!value.IsArray)
        {
            switch (value.Type)
            {
                case BuiltInType.Null:
                    buffer.Byte(0);
                    return;
                case BuiltInType.Float when value.TryGet(out float single):
                    buffer.Byte((byte)BuiltInType.Float);
                    buffer.Single(single);
                    return;
                case BuiltInType.Double when value.TryGet(out double number):
                    buffer.Byte((byte)BuiltInType.Double);
                    buffer.Double(number);
                    return;
                case BuiltInType.UInt64 when value.TryGet(out ulong large):
                    buffer.Byte((byte)BuiltInType.UInt64);
                    buffer.Unsigned(large);
                    return;
                case >= BuiltInType.Boolean and <= BuiltInType.Int64 when value.TryGetInteger(out var integer):
                    buffer.Byte((byte)value.Type);
                    buffer.Signed(integer);
                    return;
                case BuiltInType.String when value.TryGet(out string? text):
                    buffer.Byte((byte)BuiltInType.String);
                    buffer.Text(text);
                    return;
                case BuiltInType.DateTime when value.TryGet(out DateTime time):
                    buffer.Byte((byte)BuiltInType.DateTime);
                    buffer.Signed(time.Ticks);
                    return;
            }
        }

        foreign ??= new UaBinaryWriter();
        foreign.Reset();
        foreign.WriteVariant(value);
        buffer.Byte(Foreign);
        buffer.Bytes(foreign.WrittenSpan);
    }
}

/// <summary>What a notification says of itself.</summary>
/// <param name="Server">Id of its source's server: the index of the server in this boot; only for telling notifications apart.</param>
/// <param name="SubscriptionId">As the server numbers it.</param>
/// <param name="SequenceNumber">As the server numbers it.</param>
/// <param name="Received">UTC.</param>
/// <param name="Published">UTC by the server's clock; <see cref="DateTime.MinValue"/> when it does not say.</param>
/// <param name="Count">How many readings follow.</param>
internal readonly record struct NotificationHead(int Server, uint SubscriptionId, uint SequenceNumber, DateTime Received, DateTime Published, int Count);
