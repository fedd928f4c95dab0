namespace PatchEdge.OpcUa.Transport;

/// <summary>The first three bytes of every chunk (Part 6 §7.1.2.2 and §6.7.2.2), as they read in little-endian order.</summary>
internal enum MessageType
{
    Hello = 'H' | 'E' << 8 | 'L' << 16,
    Acknowledge = 'A' | 'C' << 8 | 'K' << 16,
    Error = 'E' | 'R' << 8 | 'R' << 16,
    ReverseHello = 'R' | 'H' << 8 | 'E' << 16,
    OpenSecureChannel = 'O' | 'P' << 8 | 'N' << 16,
    CloseSecureChannel = 'C' | 'L' << 8 | 'O' << 16,
    Message = 'M' | 'S' << 8 | 'G' << 16,
}

/// <summary>The fourth byte (Part 6 §6.7.2.2): more follows, the last one, or the sender gave up on this message.</summary>
internal enum ChunkType : byte
{
    Continued = (byte)'C',
    Final = (byte)'F',
    Abort = (byte)'A',
}
