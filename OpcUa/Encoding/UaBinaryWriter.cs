using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Encoding;

/// <summary>
/// Encodes UA Binary into one contiguous buffer that grows up to a limit (Part 6 §5.2). Reuse one after <see cref="Reset"/>: in steady state
/// it allocates nothing. Not thread-safe; what it wrote is valid until the next write, reset or dispose.
/// </summary>
/// <param name="maxSize">Largest message in bytes; beyond it BadEncodingLimitsExceeded.</param>
public sealed partial class UaBinaryWriter(int maxSize = UaBinaryWriter.DefaultMaxSize) : IDisposable
{
    public const int DefaultMaxSize = 16 * 1024 * 1024;
    private const int FirstSize = 1024;
    private const int MaxNesting = 100;

    private byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Min(FirstSize, maxSize));
    private int position;
    private int nesting;

    public int Length => position;
    public ReadOnlySpan<byte> WrittenSpan => buffer.AsSpan(0, position);
    public ReadOnlyMemory<byte> WrittenMemory => buffer.AsMemory(0, position);

    /// <summary>Forgets what was written and keeps the buffer.</summary>
    public void Reset()
    {
        position = 0;
        nesting = 0;
    }

    /// <summary>Forgets what was written after a length noted before, a value that failed half-way included.</summary>
    internal void Rewind(int length)
    {
        position = length;
        nesting = 0;
    }

    public void Dispose()
    {
        byte[] rented = buffer;
        buffer = [];
        position = 0;
        if (rented.Length > 0) ArrayPool<byte>.Shared.Return(rented);
    }

    public void WriteBoolean(bool value) => Reserve(1)[0] = value ? (byte)1 : (byte)0;
    public void WriteSByte(sbyte value) => Reserve(1)[0] = unchecked((byte)value);
    public void WriteByte(byte value) => Reserve(1)[0] = value;
    public void WriteInt16(short value) => BinaryPrimitives.WriteInt16LittleEndian(Reserve(2), value);
    public void WriteUInt16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Reserve(2), value);
    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Reserve(4), value);
    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Reserve(4), value);
    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Reserve(8), value);
    public void WriteUInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Reserve(8), value);
    public void WriteFloat(float value) => BinaryPrimitives.WriteSingleLittleEndian(Reserve(4), value);
    public void WriteDouble(double value) => BinaryPrimitives.WriteDoubleLittleEndian(Reserve(8), value);
    public void WriteGuid(Guid value) => value.TryWriteBytes(Reserve(16));
    public void WriteDateTime(DateTime value) => WriteInt64(UaDateTime.ToWire(value));
    public void WriteStatusCode(StatusCode value) => WriteUInt32(value.Value);

    /// <summary>Bytes as they are, without a length.</summary>
    public void WriteRaw(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Reserve(bytes.Length));

    /// <exception cref="UaException">BadEncodingError for a lone surrogate or NUL, which no peer could decode.</exception>
    public void WriteString(string? value)
    {
        if (value is null)
        {
            WriteInt32(-1);
            return;
        }
        if (TryWriteShort(value)) return;
        if (value.Contains('\0')) throw Unencodable("A string contains NUL", "Remove it before sending");
        try
        {
            int length = UaString.Strict.GetByteCount(value);
            WriteInt32(length);
            UaString.Strict.GetBytes(value, Reserve(length));
        }
        catch (EncoderFallbackException)
        {
            throw Unencodable("A string contains a lone surrogate", "Send well-formed Unicode");
        }
    }

    // What fits whatever it encodes to, and is well-formed, takes one pass.
    private bool TryWriteShort(string value)
    {
        if (3L * value.Length + 4 > buffer.Length - position) return false;
        Span<byte> target = buffer.AsSpan(position + 4);
        if (Utf8.FromUtf16(value, target, out _, out int written, replaceInvalidSequences: false) != OperationStatus.Done) return false;
        if (target[..written].Contains((byte)0)) return false;
        WriteInt32(written);
        position += written;
        return true;
    }

    public void WriteByteString(byte[]? value)
    {
        WriteInt32(value?.Length ?? -1);
        WriteRaw(value);
    }

    /// <summary>Room for a length that is known only later; close it with <see cref="EndLength"/>.</summary>
    internal int BeginLength()
    {
        Reserve(4);
        return position;
    }

    /// <summary>Fills in the count of bytes written since <see cref="BeginLength"/>.</summary>
    internal void EndLength(int start) => BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(start - 4, 4), position - start);

    /// <summary>Overwrites four bytes written before.</summary>
    internal void PatchInt32(int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(at, 4), value);

    private Span<byte> Reserve(int count)
    {
        if (count > buffer.Length - position) Grow(count);
        Span<byte> reserved = buffer.AsSpan(position, count);
        position += count;
        return reserved;
    }

    private void Grow(int count)
    {
        long needed = (long)position + count;
        if (needed > maxSize) throw LimitExceeded($"The message would exceed {maxSize} bytes", "Send fewer elements at once");
        byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Math.Max(needed, buffer.Length * 2L), maxSize));
        WrittenSpan.CopyTo(larger);
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }

    private void Enter()
    {
        if (++nesting > MaxNesting) throw LimitExceeded($"Values are nested more than {MaxNesting} deep", "Send a flatter value");
    }

    private void Leave() => nesting--;

    private UaException Unencodable(string what, string expected) => new(StatusCodes.BadEncodingError, what, $"byte {position} of an outgoing message", expected);

    private UaException LimitExceeded(string what, string expected) => new(StatusCodes.BadEncodingLimitsExceeded, what, $"byte {position} of an outgoing message", expected);
}
