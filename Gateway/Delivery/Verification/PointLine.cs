using System.Buffers.Text;
using System.Diagnostics;
using System.Text;

namespace PatchEdge.Gateway.Delivery.Verification;

/// <summary>Reads a line of <see cref="Influx.LineBuffer"/> back: what is compared is what was sent, to the byte.</summary>
internal ref struct PointLine
{
    private ReadOnlySpan<byte> fields;

    /// <param name="line">One line without its end; only our own are ever read, so it is not checked.</param>
    public PointLine(ReadOnlySpan<byte> line)
    {
        var end = Unescaped(line, (byte)' ');
        Series = line[..end];
        var last = line.LastIndexOf((byte)' ');
        fields = line[(end + 1)..last];
        Time = Utf8Parser.TryParse(line[(last + 1)..], out long time, out _) ? time : throw new UnreachableException("A line of ours ends with its time.");
    }

    /// <summary>Measurement and tags as written.</summary>
    public ReadOnlySpan<byte> Series { get; }

    /// <summary>Nanoseconds since 1970.</summary>
    public long Time { get; }

    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>Of the field's value; equal values have equal digests, whether integer or floating.</summary>
    public ulong Digest { get; private set; }

    /// <summary>Moves to the next field.</summary>
    public bool MoveNext()
    {
        if (fields.IsEmpty)
            return false;
        var equals = Unescaped(fields, (byte)'=');
        Name = fields[..equals];
        var value = fields[(equals + 1)..];
        int length;
        if (value[0] == (byte)'"')
        {
            length = 1;
            while (value[length] != (byte)'"')
                length += value[length] == (byte)'\\' ? 2 : 1;
            Digest = OfText(value[1..length]);
            length++;
        }
        else
        {
            length = value.IndexOf((byte)',') is >= 0 and var comma ? comma : value.Length;
            Digest = Utf8Parser.TryParse(value[..length], out double number, out _) ? FieldDigest.Of(number) : throw new UnreachableException("A field of ours is text or a number.");
        }

        fields = length < value.Length ? value[(length + 1)..] : default;
        return true;
    }

    /// <summary>Measurement and sorted tags without escapes: the same for a series however it was written.</summary>
    public static string Identity(ReadOnlySpan<byte> series)
    {
        var tags = new List<KeyValuePair<string, string>>();
        var end = Unescaped(series, (byte)',');
        var measurement = Plain(series[..end]);
        while (end < series.Length)
        {
            series = series[(end + 1)..];
            end = Unescaped(series, (byte)',');
            var equals = Unescaped(series, (byte)'=');
            tags.Add(new(Plain(series[..equals]), Plain(series[(equals + 1)..end])));
        }

        return SeriesTable.Identity(measurement, tags);
    }

    private static string Plain(ReadOnlySpan<byte> escaped)
    {
        var text = Encoding.UTF8.GetString(escaped);
        return text.Contains('\\', StringComparison.Ordinal) ? text.Replace("\\", "", StringComparison.Ordinal) : text;
    }

    private static ulong OfText(ReadOnlySpan<byte> escaped)
    {
        if (escaped.IndexOf((byte)'\\') < 0)
            return FieldDigest.Of(escaped);
        var plain = new byte[escaped.Length];
        var length = 0;
        for (var index = 0; index < escaped.Length; index++)
        {
            if (escaped[index] == (byte)'\\')
                index++;
            plain[length++] = escaped[index];
        }

        return FieldDigest.Of(plain.AsSpan(0, length));
    }

    private static int Unescaped(ReadOnlySpan<byte> text, byte sought)
    {
        for (var index = 0; index < text.Length; index++)
        {
            if (text[index] == (byte)'\\')
                index++;
            else if (text[index] == sought)
                return index;
        }

        return text.Length;
    }
}
