namespace PatchEdge.OpcUa.Client;

/// <summary>
/// Sequence numbers that may be acknowledged with the next Publish request. Thread-safe. Numbers of an epoch that has passed are
/// dropped: the same number now means another message.
/// </summary>
internal sealed class PendingAcknowledgements
{
    // More than any server keeps; beyond it the oldest are left for the server to drop by itself.
    private const int Most = 10_000;

    private readonly Lock gate = new();
    private readonly Queue<uint> numbers = new();
    private int epoch;

    public void Begin(int newEpoch)
    {
        lock (gate)
        {
            epoch = newEpoch;
            numbers.Clear();
        }
    }

    public void Add(uint number, int ofEpoch)
    {
        lock (gate)
        {
            if (ofEpoch != epoch || number == 0)
                return;
            if (numbers.Count == Most)
                numbers.Dequeue();
            numbers.Enqueue(number);
        }
    }

    /// <summary>Takes up to <paramref name="most"/> numbers out, oldest first, with the epoch to give back should they not arrive.</summary>
    public int Take(int most, List<uint> taken)
    {
        lock (gate)
        {
            while (most-- > 0 && numbers.TryDequeue(out var number))
                taken.Add(number);
            return epoch;
        }
    }
}
