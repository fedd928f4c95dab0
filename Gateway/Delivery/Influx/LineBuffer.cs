using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace PatchEdge.Gateway.Delivery.Influx;

/// <summary>Points in line protocol, one per line, escaped as it demands. Text that cannot stand in one line is changed visibly, never passed on.</summary>
internal sealed class LineBuffer
{
    /// <summary>Numbers below it are written as whole ones; from it on, a double has an exponent.</summary>
    private const double LargestPlain = 1e15;

    /// <summary>What nothing in the protocol gives a meaning to, wherever it stands.</summary>
    private static readonly SearchValues<char> Plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.:;/+*()[]{}<>@#$%&!?|~^");

    /// <summary>Longest text of a double, of a 64-bit integer with its <c>i</c>, and the names around them.</summary>
    private const int LongestReading = 160;

    private readonly List<int> ends = [];
    private readonly byte[] stamp = new byte[24];
    private byte[] bytes = new byte[64 * 1024];
    private int length;
    private int lineStart;
    private int stampLength;
    private long stamped;
    private bool hasField;

    public int Lines => ends.Count;

    public int Bytes => lineStart;

    /// <summary>Lines from one index up to another, exclusive.</summary>
    public ReadOnlyMemory<byte> Slice(int from, int until) =>
        from >= until ? default : bytes.AsMemory(from == 0 ? 0 : ends[from - 1], ends[until - 1] - (from == 0 ? 0 : ends[from - 1]));

    /// <summary>Takes over a line as another buffer made it, with its end.</summary>
    public void Copy(ReadOnlySpan<byte> line)
    {
        length = lineStart;
        Reserve(line.Length);
        line.CopyTo(bytes.AsSpan(length));
        lineStart = length += line.Length;
        ends.Add(length);
    }

    public void Clear()
    {
        length = lineStart = 0;
        ends.Clear();
    }

    public LineBuffer Point(string measurement)
    {
        length = lineStart;
        hasField = false;
        Escaped(measurement, ", ");
        return this;
    }

    /// <summary>Begins a point as another began, with the measurement and tags that <see cref="Head"/> gave.</summary>
    public LineBuffer Point(ReadOnlySpan<byte> head)
    {
        length = lineStart;
        hasField = false;
        Reserve(head.Length);
        head.CopyTo(bytes.AsSpan(length));
        length += head.Length;
        return this;
    }

    /// <summary>
    /// A whole point with the fields <c>value</c> and <c>status</c>, as the other methods write it. It is nearly all that is ever written, and is done in one go.
    /// </summary>
    /// <param name="head">See <see cref="Head"/>.</param>
    /// <param name="value">Finite.</param>
    /// <param name="status">The value's quality.</param>
    /// <param name="nanoseconds">Since 1970, UTC.</param>
    public void Reading(ReadOnlySpan<byte> head, double value, uint status, long nanoseconds)
    {
        length = lineStart;
        Reserve(head.Length + LongestReading);
        head.CopyTo(bytes.AsSpan(length));
        length += head.Length;
        Literal(" value="u8);
        Number(value);
        if (status == 0)
        {
            Literal(",status=0i "u8);
        }
        else
        {
            Literal(",status="u8);
            Whole(status);
            Literal("i "u8);
        }

        Stamp(nanoseconds);
        lineStart = length;
        ends.Add(length);
    }

    /// <summary>Measurement and tags of the point under way, which has no field yet.</summary>
    public byte[] Head() => bytes.AsSpan(lineStart, length - lineStart).ToArray();

    /// <summary>A tag; an empty value has no place in the protocol and is left out.</summary>
    public LineBuffer Tag(string key, string? value)
    {
        if (string.IsNullOrEmpty(value))
            return this;
        Byte((byte)',');
        Escaped(key, ",= ");
        Byte((byte)'=');
        Escaped(value, ",= ");
        return this;
    }

    public LineBuffer Field(string key, long value)
    {
        Key(key);
        Reserve(21);
        Whole(value);
        Byte((byte)'i');
        return this;
    }

    /// <summary>A number; the protocol has no word for infinity or not-a-number, so those are left out.</summary>
    public LineBuffer Field(string key, double value)
    {
        if (!double.IsFinite(value))
            return this;
        Key(key);
        Reserve(32);
        Number(value);
        return this;
    }

    public LineBuffer Field(string key, string value)
    {
        Key(key);
        Byte((byte)'"');
        Escaped(value, "\"\\", keepLineEnds: true);
        Byte((byte)'"');
        return this;
    }

    /// <summary>Ends the point.</summary>
    /// <param name="nanoseconds">Since 1970, UTC.</param>
    /// <returns>False when it has no field; then there is no line.</returns>
    public bool End(long nanoseconds)
    {
        if (!hasField)
        {
            length = lineStart;
            return false;
        }

        Reserve(23);
        Literal(" "u8);
        Stamp(nanoseconds);
        lineStart = length;
        ends.Add(length);
        return true;
    }

    /// <summary>There is room.</summary>
    private void Literal(ReadOnlySpan<byte> text)
    {
        text.CopyTo(bytes.AsSpan(length));
        length += text.Length;
    }

    /// <summary>There is room.</summary>
    private void Whole(long value)
    {
        Utf8Formatter.TryFormat(value, bytes.AsSpan(length), out var written);
        length += written;
    }

    /// <summary>There is room.</summary>
    private void Number(double value)
    {
        if (value is > -LargestPlain and < LargestPlain && Math.Truncate(value) == value && !(value == 0 && double.IsNegative(value)))
        {
            // As the other way writes it, in a third of the time: most of what equipment counts or sets is whole.
            Whole((long)value);
            return;
        }

        value.TryFormat(bytes.AsSpan(length), out var written, default, CultureInfo.InvariantCulture);
        length += written;
    }

    /// <summary>Time and end of the line; there is room. Values of one scan have one time, whose digits are kept.</summary>
    private void Stamp(long nanoseconds)
    {
        if (nanoseconds != stamped || stampLength == 0)
        {
            Utf8Formatter.TryFormat(nanoseconds, stamp, out stampLength);
            stamp[stampLength++] = (byte)'\n';
            stamped = nanoseconds;
        }

        Literal(stamp.AsSpan(0, stampLength));
    }

    private void Key(string key)
    {
        Byte(hasField ? (byte)',' : (byte)' ');
        hasField = true;
        Escaped(key, ",= ");
        Byte((byte)'=');
    }

    private void Escaped(string text, string special, bool keepLineEnds = false)
    {
        Reserve((text.Length * 6) + 2);
        if (!text.AsSpan().ContainsAnyExcept(Plain))
        {
            length += Encoding.ASCII.GetBytes(text, bytes.AsSpan(length));
            return;
        }

        for (var index = 0; index < text.Length; index++)
        {
            var character = text[index];
            if (character < ' ' || character == '\u007f')
            {
                // In quotes a line end is data; anywhere else it would begin a point of somebody else's making.
                bytes[length++] = keepLineEnds && character is '\n' or '\t' ? (byte)character : (byte)'_';
                continue;
            }

            if (character == '\\' && !keepLineEnds)
            {
                // Outside quotes a backslash cannot be escaped, and would escape what follows it.
                bytes[length++] = (byte)'_';
                continue;
            }

            if (special.Contains(character, StringComparison.Ordinal))
                bytes[length++] = (byte)'\\';
            if (character < 0x80)
            {
                bytes[length++] = (byte)character;
                continue;
            }

            if (!Rune.TryGetRuneAt(text, index, out var rune))
                rune = Rune.ReplacementChar;
            else if (!rune.IsBmp)
                index++;
            length += rune.EncodeToUtf8(bytes.AsSpan(length));
        }
    }

    private void Byte(byte value)
    {
        Reserve(1);
        bytes[length++] = value;
    }

    private void Reserve(int count)
    {
        if (bytes.Length - length < count)
            Array.Resize(ref bytes, Math.Max(bytes.Length * 2, length + count));
    }
}
