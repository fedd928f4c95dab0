using System.Buffers.Binary;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Transport;

/// <summary>The eight bytes in front of every chunk (Part 6 §7.1.2.2): type, chunk type, size with these eight included.</summary>
internal readonly record struct FrameHeader(MessageType Type, ChunkType Chunk, int Size)
{
    public const int Length = 8;

    /// <summary>
    /// Reads and checks a header before anybody reserves memory for what it announces; <paramref name="limit"/> is the largest
    /// chunk that this side receives.
    /// </summary>
    public static FrameHeader Read(ReadOnlySpan<byte> bytes, int limit)
    {
        var word = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        var type = (MessageType)(word & 0xFFFFFF);
        var chunk = (ChunkType)(word >> 24);
        var size = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);

        if (!IsKnown(type, chunk))
            throw new UaException(StatusCodes.BadTcpMessageTypeInvalid, $"Message type 0x{word:X8} is not one of this protocol", "message header",
                "Check that the peer speaks opc.tcp on this port");
        if (size < Length)
            throw new UaException(StatusCodes.BadTcpMessageTypeInvalid, $"Message size {size} is less than its own header", "message header",
                $"At least {Length} bytes");
        if (size > (uint)limit)
            throw new UaException(StatusCodes.BadTcpMessageTooLarge, $"Chunk of {size} bytes", "message header",
                $"At most {limit} bytes were agreed");
        return new FrameHeader(type, chunk, (int)size);
    }

    public static void Write(Span<byte> bytes, MessageType type, ChunkType chunk, int size)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)type | (uint)chunk << 24);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], size);
    }

    private static bool IsKnown(MessageType type, ChunkType chunk) => type switch
    {
        MessageType.Message => chunk is ChunkType.Final or ChunkType.Continued or ChunkType.Abort,
        MessageType.Hello or MessageType.Acknowledge or MessageType.Error or MessageType.ReverseHello
            or MessageType.OpenSecureChannel or MessageType.CloseSecureChannel => chunk is ChunkType.Final,
        _ => false,
    };
}
