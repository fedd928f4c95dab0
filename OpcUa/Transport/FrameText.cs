using System.Buffers.Binary;
using System.Text;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Transport;

/// <summary>Strings and byte strings of the frames below the message level: a length that may be -1, then the bytes.</summary>
internal static class FrameText
{
    /// <summary>Longest endpoint URL and longest error reason (Part 6 §7.1.2.3, §7.1.2.5).</summary>
    public const int MaxLength = 4096;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Takes a length-prefixed slice off <paramref name="rest"/>; a null one comes back empty.</summary>
    public static ReadOnlySpan<byte> TakeBytes(ref ReadOnlySpan<byte> rest, int limit, string where)
    {
        var length = TakeInt32(ref rest, where);
        if (length == -1)
            return [];
        if (length < 0 || length > limit || length > rest.Length)
            throw new UaException(StatusCodes.BadDecodingError, $"Length {length} with {rest.Length} bytes left", where, $"At most {limit} bytes");
        var bytes = rest[..length];
        rest = rest[length..];
        return bytes;
    }

    public static string TakeString(ref ReadOnlySpan<byte> rest, int limit, string where)
    {
        var bytes = TakeBytes(ref rest, limit, where);
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new UaException(StatusCodes.BadDecodingError, "Malformed UTF-8", where, "A peer must send valid UTF-8");
        }
    }

    public static uint TakeUInt32(ref ReadOnlySpan<byte> rest, string where) => unchecked((uint)TakeInt32(ref rest, where));

    public static int TakeInt32(ref ReadOnlySpan<byte> rest, string where)
    {
        if (rest.Length < sizeof(int))
            throw new UaException(StatusCodes.BadDecodingError, "The frame ends inside a field", where, "Whole fields only");
        var value = BinaryPrimitives.ReadInt32LittleEndian(rest);
        rest = rest[sizeof(int)..];
        return value;
    }

    public static void PutUInt32(ref Span<byte> rest, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(rest, value);
        rest = rest[sizeof(uint)..];
    }

    /// <summary>Writes bytes behind their length; nothing at all is written as null (-1).</summary>
    public static void PutBytes(ref Span<byte> rest, ReadOnlySpan<byte> bytes)
    {
        PutUInt32(ref rest, bytes.IsEmpty ? uint.MaxValue : (uint)bytes.Length);
        bytes.CopyTo(rest);
        rest = rest[bytes.Length..];
    }
}
