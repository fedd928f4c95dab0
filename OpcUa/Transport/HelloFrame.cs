using PatchEdge.OpcUa.Types;


namespace PatchEdge.OpcUa.Transport;

/// <summary>HEL, the first frame of a connection, from the client (Part 6 §7.1.2.3).</summary>
internal sealed record HelloFrame
{
    private const string Where = "Hello";

    public uint ProtocolVersion { get; init; }

    /// <summary>Largest chunk that the sender of this frame receives.</summary>
    public required uint ReceiveBufferSize { get; init; }

    /// <summary>Largest chunk that the sender of this frame will send.</summary>
    public required uint SendBufferSize { get; init; }

    /// <summary>Largest response body in bytes; 0 says that the client sets no limit.</summary>
    public required uint MaxMessageSize { get; init; }

    /// <summary>Most chunks in a response; 0 says that the client sets no limit.</summary>
    public required uint MaxChunkCount { get; init; }

    public required string EndpointUrl { get; init; }

    public byte[] Encode()
    {
        var url = System.Text.Encoding.UTF8.GetBytes(EndpointUrl);
        var frame = new byte[FrameHeader.Length + 6 * sizeof(uint) + url.Length];
        FrameHeader.Write(frame, MessageType.Hello, ChunkType.Final, frame.Length);
        var rest = frame.AsSpan(FrameHeader.Length);
        FrameText.PutUInt32(ref rest, ProtocolVersion);
        FrameText.PutUInt32(ref rest, ReceiveBufferSize);
        FrameText.PutUInt32(ref rest, SendBufferSize);
        FrameText.PutUInt32(ref rest, MaxMessageSize);
        FrameText.PutUInt32(ref rest, MaxChunkCount);
        FrameText.PutBytes(ref rest, url);
        return frame;
    }

    /// <param name="body">What follows the eight bytes of the header.</param>
    public static HelloFrame Decode(ReadOnlySpan<byte> body) => new()
    {
        ProtocolVersion = FrameText.TakeUInt32(ref body, Where),
        ReceiveBufferSize = FrameText.TakeUInt32(ref body, Where),
        SendBufferSize = FrameText.TakeUInt32(ref body, Where),
        MaxMessageSize = FrameText.TakeUInt32(ref body, Where),
        MaxChunkCount = FrameText.TakeUInt32(ref body, Where),
        EndpointUrl = TakeUrl(body),
    };

    private static string TakeUrl(ReadOnlySpan<byte> rest)
    {
        try
        {
            return FrameText.TakeString(ref rest, FrameText.MaxLength - 1, "Hello.EndpointUrl");
        }
        catch (UaException bad)
        {
            throw new UaException(StatusCodes.BadTcpEndpointUrlInvalid, bad.What, "Hello.EndpointUrl", "Valid UTF-8 of less than 4096 bytes", bad);
        }
    }
}
