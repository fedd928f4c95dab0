
namespace PatchEdge.OpcUa.Transport;

/// <summary>RHE, with which a server that connected to a client asks for its Hello (Part 6 §7.1.2.6).</summary>
internal sealed record ReverseHelloFrame(string ServerUri, string EndpointUrl)
{
    public byte[] Encode()
    {
        var uri = System.Text.Encoding.UTF8.GetBytes(ServerUri);
        var url = System.Text.Encoding.UTF8.GetBytes(EndpointUrl);
        var frame = new byte[FrameHeader.Length + 2 * sizeof(uint) + uri.Length + url.Length];
        FrameHeader.Write(frame, MessageType.ReverseHello, ChunkType.Final, frame.Length);
        var rest = frame.AsSpan(FrameHeader.Length);
        FrameText.PutBytes(ref rest, uri);
        FrameText.PutBytes(ref rest, url);
        return frame;
    }

    public static ReverseHelloFrame Decode(ReadOnlySpan<byte> body)
    {
        var uri = FrameText.TakeString(ref body, FrameText.MaxLength - 1, "ReverseHello.ServerUri");
        var url = FrameText.TakeString(ref body, FrameText.MaxLength - 1, "ReverseHello.EndpointUrl");
        return new ReverseHelloFrame(uri, url);
    }
}
