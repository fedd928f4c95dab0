using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Nodes;

/// <summary>The last values of a variable, oldest overwritten first. Its owner guards it.</summary>
internal sealed class HistoryRing(int capacity)
{
    private readonly DataValue[] values = new DataValue[capacity];
    private int next;
    private int count;

    public int Count => count;

    public void Add(in DataValue value)
    {
        values[next] = value;
        next = next + 1 == values.Length ? 0 : next + 1;
        if (count < values.Length) count++;
    }

    /// <summary>All values by source time, oldest first; values of one time stay in the order of their arrival.</summary>
    public DataValue[] Snapshot()
    {
        var ordered = new DataValue[count];
        int start = count < values.Length ? 0 : next;
        for (int i = 0; i < count; i++) ordered[i] = values[(start + i) % values.Length];
        for (int i = 1; i < ordered.Length; i++)
            if (ordered[i].SourceTimestamp < ordered[i - 1].SourceTimestamp) return [.. ordered.OrderBy(value => value.SourceTimestamp)];
        return ordered;
    }
}
