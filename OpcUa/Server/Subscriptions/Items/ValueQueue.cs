using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Subscriptions.Items;

/// <summary>
/// The queue of one monitored item (Part 4 §5.12.1.5). It grows only as values wait; when full it drops one and marks the value
/// beside the loss, unless it holds a single value, which is simply the latest.
/// </summary>
internal struct ValueQueue(int capacity, bool discardOldest)
{
    private DataValue[] ring = [];
    private int head;

    public int Count { get; private set; }

    /// <summary>What the texts and arrays among the values take at least; numbers lie in the queue itself.</summary>
    public long Bytes { get; private set; }
    public readonly int Capacity => capacity;

    /// <param name="value">The next value.</param>
    /// <param name="mayGrow">False when its subscription holds as much as it may: the queue is full at what it has, if that is anything.</param>
    public void Add(in DataValue value, bool mayGrow = true)
    {
        if (Count == capacity || (!mayGrow && Count > 0))
        {
            Overflow(in value);
            return;
        }
        if (Count == ring.Length) Grow();
        ring[Slot(Count)] = value;
        Count++;
        Bytes += Weight(in value);
    }

    /// <summary>Valid when <see cref="Count"/> is not 0.</summary>
    public DataValue Take()
    {
        DataValue value = ring[head];
        ring[head] = default; // Whatever it refers to may go.
        head = Slot(1);
        Count--;
        Bytes -= Weight(in value);
        return value;
    }

    public void Clear()
    {
        ring = [];
        head = 0;
        Count = 0;
        Bytes = 0;
    }

    private void Overflow(in DataValue value)
    {
        int lost = capacity == 1 ? head : Count == 1 || !discardOldest ? Slot(Count - 1) : head;
        Bytes += Weight(in value) - Weight(in ring[lost]);
        if (capacity == 1)
        {
            ring[head] = value;
        }
        else if (Count == 1 || !discardOldest)
        {
            ring[Slot(Count - 1)] = value with { Status = value.Status.WithOverflow() };
        }
        else
        {
            // The next oldest tells of the loss.
            ring[head] = default;
            head = Slot(1);
            ring[Slot(Count - 1)] = value;
            ring[head] = ring[head] with { Status = ring[head].Status.WithOverflow() };
        }
    }

    private static long Weight(in DataValue value) => value.Value.HasReference ? value.Value.LeastSize : 0;

    private readonly int Slot(int offset)
    {
        int slot = head + offset;
        return slot >= ring.Length ? slot - ring.Length : slot;
    }

    private void Grow()
    {
        var larger = new DataValue[Math.Min(capacity, Math.Max(1, 2 * ring.Length))];
        for (int i = 0; i < Count; i++) larger[i] = ring[Slot(i)];
        ring = larger;
        head = 0;
    }
}
