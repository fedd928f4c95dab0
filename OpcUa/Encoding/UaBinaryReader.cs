using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Encoding;

/// <summary>
/// Decodes UA Binary from one contiguous message (Part 6 §5.2). It owns the position and the limits; nothing is read past the end and
/// no memory is allocated before the bytes left justify it. Every failure is a <see cref="UaException"/> and leaves the reader useless.
/// </summary>
public ref partial struct UaBinaryReader
{
    // Room for the arrays of small messages, whatever the expansion.
    private const int FreeMemory = 64 * 1024;

    private readonly ReadOnlySpan<byte> data;
    private readonly DecodingLimits limits;

    // Lowered while a length-prefixed body is read, so that the body cannot reach beyond itself.
    private int end;
    private int position;
    private int nesting;
    private int diagnosticNesting;
    private long memory;

    // Inside the value of a DataValue whose message is to be spared; set when a text in it was none.
    private bool sparing;
    private bool spoilt;

    public UaBinaryReader(ReadOnlySpan<byte> data, DecodingLimits? limits = null)
    {
        this.data = data;
        this.limits = limits ?? DecodingLimits.Request;
        end = data.Length;
        memory = FreeMemory + (long)data.Length * this.limits.MaxExpansion;
    }

    public readonly int Position => position;

    /// <summary>Bytes left in the message, or in the body being read.</summary>
    public readonly int Remaining => end - position;

    /// <summary>Values so far that held text which is none and are BadDecodingError instead; see <see cref="DecodingLimits.SparesMessages"/>.</summary>
    public int MalformedValues { get; private set; }

    /// <summary>Any byte but zero is true.</summary>
    public bool ReadBoolean() => Take(1)[0] != 0;
    public sbyte ReadSByte() => unchecked((sbyte)Take(1)[0]);
    public byte ReadByte() => Take(1)[0];
    public short ReadInt16() => BinaryPrimitives.ReadInt16LittleEndian(Take(2));
    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));
    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));
    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));
    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
    public float ReadFloat() => BinaryPrimitives.ReadSingleLittleEndian(Take(4));
    public double ReadDouble() => BinaryPrimitives.ReadDoubleLittleEndian(Take(8));
    public Guid ReadGuid() => new(Take(16));
    public DateTime ReadDateTime() => UaDateTime.FromWire(ReadInt64());
    public StatusCode ReadStatusCode() => new(ReadUInt32());

    /// <summary>Reads a string; null and empty stay apart. Malformed UTF-8 (lone surrogates included) and NUL are refused, NUL as padding perhaps cut.</summary>
    public string? ReadString()
    {
        int length = ReadLength("String");
        if (length < 0) return null;
        if (length > limits.MaxStringBytes) throw LimitExceeded($"A string of {length} bytes", $"At most {limits.MaxStringBytes} bytes are accepted; raise MaxStringBytes if the peer is trusted");
        ReadOnlySpan<byte> bytes = Take(length);
        if (limits.CutsPadding) bytes = bytes.TrimEnd((byte)0);
        if (UaString.TryDecode(bytes, out string? text)) return text;
        if (!sparing) throw Malformed("A string is not well-formed UTF-8 or contains NUL", "The peer must send UTF-8 without NUL");
        spoilt = true;
        return "";
    }

    /// <summary>Reads a byte string into an array of its own; null and empty stay apart.</summary>
    public byte[]? ReadByteString()
    {
        int length = ReadLength("ByteString");
        return length < 0 ? null : Take(length).ToArray();
    }

    /// <summary>Throws unless the whole message was read.</summary>
    public readonly void ExpectEnd()
    {
        if (position != end) throw Malformed($"{end - position} bytes are left after the last field", "A message ends with its last field");
    }

    /// <summary>Reads a length and checks it against the bytes left; −1, the only negative one allowed, means null.</summary>
    private int ReadLength(string what, int minimumElementSize = 1)
    {
        int length = ReadInt32();
        if (length < -1) throw Malformed($"{what} has the length {length}", "A length is −1 for null, or not negative");
        if (length > 0 && (long)length * minimumElementSize > Remaining) throw Malformed($"{what} claims {length} elements with {Remaining} bytes left", "The peer must send what it announces");
        return length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > end - position) ThrowTruncated(count);
        ReadOnlySpan<byte> taken = data.Slice(position, count);
        position += count;
        return taken;
    }

    private void Enter()
    {
        if (++nesting > limits.MaxNesting) throw LimitExceeded($"Values are nested more than {limits.MaxNesting} deep", "Nested Variants, DataValues and ExtensionObjects count together");
    }

    private void Leave() => nesting--;

    private void Charge(long bytes)
    {
        memory -= bytes;
        if (memory < 0) throw LimitExceeded($"Arrays would take more than {limits.MaxExpansion} times the size of their message", "Ask for fewer elements at once");
    }

    [DoesNotReturn]
    private readonly void ThrowTruncated(int count) =>
        throw Malformed($"{count} bytes are needed and {end - position} are left", "The peer must send whole fields");

    private readonly UaException Malformed(string what, string expected) =>
        new(StatusCodes.BadDecodingError, what, $"byte {position} of {data.Length}", expected);

    private readonly UaException LimitExceeded(string what, string expected) =>
        new(StatusCodes.BadEncodingLimitsExceeded, what, $"byte {position} of {data.Length}", expected);
}
