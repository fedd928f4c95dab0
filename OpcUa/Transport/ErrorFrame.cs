using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Transport;

/// <summary>ERR, with which a server says why it closes the connection (Part 6 §7.1.2.5).</summary>
internal sealed record ErrorFrame(StatusCode Error, string Reason)
{
    public byte[] Encode()
    {
        var reason = System.Text.Encoding.UTF8.GetBytes(Reason);
        if (reason.Length > FrameText.MaxLength)
            reason = [];
        var frame = new byte[FrameHeader.Length + 2 * sizeof(uint) + reason.Length];
        FrameHeader.Write(frame, MessageType.Error, ChunkType.Final, frame.Length);
        var rest = frame.AsSpan(FrameHeader.Length);
        FrameText.PutUInt32(ref rest, Error.Value);
        FrameText.PutBytes(ref rest, reason);
        return frame;
    }

    /// <summary>A reason that is too long or malformed is ignored, as the clause demands; the code still counts.</summary>
    public static ErrorFrame Decode(ReadOnlySpan<byte> body)
    {
        var error = new StatusCode(FrameText.TakeUInt32(ref body, "Error"));
        try
        {
            return new ErrorFrame(error, FrameText.TakeString(ref body, FrameText.MaxLength, "Error.Reason"));
        }
        catch (UaException)
        {
            return new ErrorFrame(error, "");
        }
    }

    /// <summary>What the connection reports to its owner when the peer sent this.</summary>
    public UaException ToException() =>
        new(Error.IsBad ? Error : StatusCodes.BadCommunicationError, Reason.Length == 0 ? "The peer closed the connection" : $"The peer closed the connection: {Printable.Of(Reason, 256)}",
            "Error message", "See the peer's own log for the cause");
}
