namespace PatchEdge.OpcUa.Transport;

/// <summary>ACK, the server's answer to a Hello (Part 6 §7.1.2.4). Fields mean the same as there, seen from the server.</summary>
internal sealed record AcknowledgeFrame
{
    private const string Where = "Acknowledge";

    public uint ProtocolVersion { get; init; }
    public required uint ReceiveBufferSize { get; init; }
    public required uint SendBufferSize { get; init; }

    /// <summary>Largest request body in bytes; 0 says that the server sets no limit.</summary>
    public required uint MaxMessageSize { get; init; }
    public required uint MaxChunkCount { get; init; }

    public byte[] Encode()
    {
        var frame = new byte[FrameHeader.Length + 5 * sizeof(uint)];
        FrameHeader.Write(frame, MessageType.Acknowledge, ChunkType.Final, frame.Length);
        var rest = frame.AsSpan(FrameHeader.Length);
        FrameText.PutUInt32(ref rest, ProtocolVersion);
        FrameText.PutUInt32(ref rest, ReceiveBufferSize);
        FrameText.PutUInt32(ref rest, SendBufferSize);
        FrameText.PutUInt32(ref rest, MaxMessageSize);
        FrameText.PutUInt32(ref rest, MaxChunkCount);
        return frame;
    }

    public static AcknowledgeFrame Decode(ReadOnlySpan<byte> body) => new()
    {
        ProtocolVersion = FrameText.TakeUInt32(ref body, Where),
        ReceiveBufferSize = FrameText.TakeUInt32(ref body, Where),
        SendBufferSize = FrameText.TakeUInt32(ref body, Where),
        MaxMessageSize = FrameText.TakeUInt32(ref body, Where),
        MaxChunkCount = FrameText.TakeUInt32(ref body, Where),
    };
}
