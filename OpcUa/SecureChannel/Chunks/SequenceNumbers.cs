using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.SecureChannel.Chunks;

/// <summary>
/// The sequence numbers of one direction (Part 6 §6.7.2.4, the RSA policies): one more for each chunk, whatever its token; a
/// wrap only above 4,294,966,271, and then to less than 1,024.
/// </summary>
internal sealed class SequenceNumbers
{
    private const uint LastBeforeWrap = uint.MaxValue - 1024;
    private const uint FirstAfterWrap = 1024;

    private uint last;
    private bool any;

    /// <summary>For the sender.</summary>
    public uint Next()
    {
        last = last > LastBeforeWrap ? 1 : last + 1;
        return last;
    }

    /// <summary>For the receiver, once the chunk is known to be its sender's; the first number may be any.</summary>
    public void Accept(uint number)
    {
        var follows = !any || unchecked(last + 1) == number || (last > LastBeforeWrap && number < FirstAfterWrap);
        if (!follows)
            throw new UaException(StatusCodes.BadSequenceNumberInvalid, $"Sequence number {number} after {last}", "sequence header",
                "Each chunk has one more than the one before; the connection is closed, connect again");
        any = true;
        last = number;
    }

    /// <summary>Puts the counter where a test wants it.</summary>
    internal void StartAfter(uint number)
    {
        last = number;
        any = true;
    }
}
