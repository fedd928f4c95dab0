using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.Gateway.Journal.Blocks;

/// <summary>Reads a <see cref="ReadingBlock"/> from its first reading to its last.</summary>
internal ref struct ReadingBlockCursor(ReadOnlySpan<byte> block)
{
    private BlockCursor cursor = new(block);
    private NotificationHead head;
    private int left;
    private long lastReceived;
    private long lastSource;

    /// <summary>The notification that brought <see cref="Value"/>.</summary>
    public readonly NotificationHead Head => head;

    /// <summary>Id in the journal's table of sources.</summary>
    public int Source { get; private set; }

    public DataValue Value { get; private set; }

    /// <summary>Moves to the next reading; notifications without any are passed over.</summary>
    public bool MoveNext()
    {
        while (left == 0)
            if (!MoveNextNotification())
                return false;
        left--;
        Source = cursor.Count();
        var status = new StatusCode(unchecked((uint)cursor.Unsigned()));
        var source = Time(unchecked(lastSource + cursor.Signed()));
        var server = Time(unchecked(source.Ticks + cursor.Signed()));
        lastSource = source.Ticks;
        Value = new DataValue(ReadValue(), status, source, server);
        return true;
    }

    /// <summary>Moves to the next notification; call it only when every reading of the one before was read.</summary>
    public bool MoveNextNotification()
    {
        if (cursor.AtEnd)
            return false;
        var server = cursor.Count();
        var subscription = unchecked((uint)cursor.Unsigned());
        var sequence = unchecked((uint)cursor.Unsigned());
        var received = Time(unchecked(lastReceived + cursor.Signed()));
        var published = Time(unchecked(received.Ticks + cursor.Signed()));
        left = cursor.Count();
        lastReceived = received.Ticks;
        head = new NotificationHead(server, subscription, sequence, received, published, left);
        return true;
    }

    private static DateTime Time(long ticks) =>
        ticks >= 0 && ticks <= DateTime.MaxValue.Ticks ? new DateTime(ticks, DateTimeKind.Utc)
        : throw new JournalException("A time in a journal block is impossible. The block is damaged: keep the file for analysis.");

    private Variant ReadValue()
    {
        var type = cursor.Byte();
        if (type == ReadingBlock.Foreign)
        {
            var reader = new UaBinaryReader(cursor.Bytes());
            return reader.ReadVariant();
        }

        return (BuiltInType)type switch
        {
            BuiltInType.Null => default,
            BuiltInType.Boolean => new Variant(cursor.Signed() != 0),
            BuiltInType.SByte => new Variant(unchecked((sbyte)cursor.Signed())),
            BuiltInType.Byte => new Variant(unchecked((byte)cursor.Signed())),
            BuiltInType.Int16 => new Variant(unchecked((short)cursor.Signed())),
            BuiltInType.UInt16 => new Variant(unchecked((ushort)cursor.Signed())),
            BuiltInType.Int32 => new Variant(unchecked((int)cursor.Signed())),
            BuiltInType.UInt32 => new Variant(unchecked((uint)cursor.Signed())),
            BuiltInType.Int64 => new Variant(cursor.Signed()),
            BuiltInType.UInt64 => new Variant(cursor.Unsigned()),
            BuiltInType.Float => new Variant(cursor.Single()),
            BuiltInType.Double => new Variant(cursor.Double()),
            BuiltInType.String => new Variant(cursor.Text()),
            BuiltInType.DateTime => new Variant(Time(cursor.Signed())),
            _ => throw new JournalException($"A journal block holds a value of unknown type {type}. The block is damaged or from a newer version."),
        };
    }
}
