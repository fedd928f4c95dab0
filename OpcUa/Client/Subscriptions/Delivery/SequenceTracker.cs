namespace PatchEdge.OpcUa.Client;

/// <summary>What a sequence number says about the message that carries it.</summary>
internal enum SequenceVerdict
{
    InOrder,

    /// <summary>Messages before this one are missing.</summary>
    Missing,

    /// <summary>A duplicate, or one that came after it was given up.</summary>
    Late,

    /// <summary>The server numbers from the beginning again without having said so.</summary>
    Restarted,
}

/// <summary>
/// Follows the sequence numbers of one subscription (Part 4 §5.14.1.1): they begin at 1, grow by one with every notification message and
/// skip 0 on wrap; a keep-alive carries the next number without using it up. Pure: it decides, others act.
/// </summary>
internal sealed class SequenceTracker
{
    // Late messages one after the other, each the successor of the one before, that prove a new numbering.
    private const int RestartProof = 3;

    private uint lastLate;
    private int successors;

    /// <summary>Number of the next notification message.</summary>
    public uint Expected { get; private set; } = NotificationNumbers.First;

    /// <param name="number">The message's number.</param>
    /// <param name="isKeepAlive">It is a keep-alive, which names the number that comes next.</param>
    /// <param name="isStraggler">
    /// It arrived before the evidence that the numbering stands where it does, having waited while Republish fetched what came after it:
    /// a low number then says nothing about a new numbering.
    /// </param>
    public SequenceVerdict Judge(uint number, bool isKeepAlive, bool isStraggler = false)
    {
        // Zero is no number; a server that sends it has lost count.
        var distance = number == 0 ? -1 : NotificationNumbers.Distance(Expected, number);
        if (distance >= 0)
        {
            successors = 0;
            return distance == 0 ? SequenceVerdict.InOrder : SequenceVerdict.Missing;
        }
        if (isStraggler)
            return SequenceVerdict.Late;
        // A keep-alive names the number that comes next: one that is behind cannot be a straggler.
        if (isKeepAlive && number != 0)
            return SequenceVerdict.Restarted;
        successors = number != 0 && number == NotificationNumbers.Next(lastLate) ? successors + 1 : 1;
        lastLate = number;
        return successors >= RestartProof && number != 0 ? SequenceVerdict.Restarted : SequenceVerdict.Late;
    }

    /// <summary>The expected message was delivered, or given up.</summary>
    public void Advance() => Expected = NotificationNumbers.Next(Expected);

    /// <summary>Everything before <paramref name="number"/> is settled.</summary>
    public void AdvanceTo(uint number) => Expected = number;

    public void Reset()
    {
        Expected = NotificationNumbers.First;
        successors = 0;
        lastLate = 0;
    }
}
