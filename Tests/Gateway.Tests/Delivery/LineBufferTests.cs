using System.Globalization;
using System.Text;
using CsCheck;
using PatchEdge.Gateway.Delivery.Influx;

namespace PatchEdge.Gateway.Tests.Delivery;

public sealed class LineBufferTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a b,c=d", @"a\ b\,c\=d")]
    [InlineData("end\\", "end_")]
    [InlineData("a\\,b", @"a_\,b")]
    [InlineData("evil\ntag_value value=1", @"evil_tag_value\ value\=1")]
    [InlineData("Füllung 🧪", @"Füllung\ 🧪")]
    public void Tag_value_is_escaped_and_never_begins_a_line_of_its_own(string value, string expected)
    {
        var lines = new LineBuffer();
        Assert.True(lines.Point("m").Tag("t", value).Field("f", 1L).End(5));
        Assert.Equal($"m,t={expected} f=1i 5\n", Text(lines));
    }

    [Fact]
    public void Text_field_keeps_line_ends_inside_its_quotes()
    {
        var lines = new LineBuffer();
        lines.Point("m").Field("f", "a\"b\\c\nd").End(5);
        Assert.Equal("m f=\"a\\\"b\\\\c\nd\" 5\n", Text(lines));
    }

    [Fact]
    public void Point_without_a_field_is_no_line()
    {
        var lines = new LineBuffer();
        Assert.False(lines.Point("m").Tag("t", "v").Field("f", double.NaN).End(5));
        lines.Point("n").Field("f", 0.5).End(6);
        Assert.Equal("n f=0.5 6\n", Text(lines));
        Assert.Equal(1, lines.Lines);
    }

    [Fact]
    public void Numbers_are_written_as_dot_net_writes_them() => Gen.OneOf(
        Gen.Double, Gen.Int.Select(number => (double)number), Gen.Long.Select(number => (double)number),
        Gen.Int[0, 5].Select(which => new[] { 0, -0.0, 1e15, -1e15, 999999999999999, 0.1 }[which])).Sample(number =>
    {
        var lines = new LineBuffer();
        Assert.Equal(double.IsFinite(number), lines.Point("m").Field("f", number).End(5));
        Assert.Equal(double.IsFinite(number) ? $"m f={number.ToString(CultureInfo.InvariantCulture)} 5\n" : "", Text(lines));
    });

    [Fact]
    public void Reading_is_the_line_that_its_fields_would_make() => Gen.Select(
        Gen.OneOf(Gen.Double, Gen.Int.Select(number => (double)number), Gen.Long.Select(number => (double)number), Gen.Const(-0.0)).Where(double.IsFinite), Gen.UInt, Gen.Long, Gen.Bool).Sample((value, status, time, good) =>
    {
        var (one, other) = (new LineBuffer(), new LineBuffer());
        var head = one.Point("tag_value").Tag("tag", "a b").Head();
        one.Clear();
        foreach (var at in new[] { 0, time, time, 5 })
        {
            one.Reading(head, value, good ? 0 : status, at);
            other.Point(head).Field("value", value).Field("status", good ? 0L : status).End(at);
        }

        Assert.Equal(Text(other), Text(one));
        Assert.Equal(4, one.Lines);
    });

    [Fact]
    public void Point_that_begins_as_another_did_is_the_same_line()
    {
        var lines = new LineBuffer();
        lines.Point("m").Field("f", 1L).End(4);
        var head = lines.Point("a m").Tag("t", "v,w").Head();
        Assert.True(lines.Point(head).Field("f", 1L).End(5));
        Assert.Equal("m f=1i 4\na\\ m,t=v\\,w f=1i 5\n", Text(lines));
    }

    [Fact]
    public void Any_text_in_a_tag_stays_in_one_line_and_one_token() => Gen.String.Sample(text =>
    {
        var lines = new LineBuffer();
        lines.Point("m").Tag("t", text).Field("f", 1L).End(5);
        var line = Text(lines);
        Assert.EndsWith(" f=1i 5\n", line, StringComparison.Ordinal);
        Assert.Equal(1, line.Count(character => character == '\n'));
        var unescaped = 0;
        for (var index = 0; index < line.Length; index++)
        {
            if (line[index] == '\\')
                index++;
            else if (line[index] is ' ')
                unescaped++;
        }

        Assert.Equal(2, unescaped);
    });

    private static string Text(LineBuffer lines) => Encoding.UTF8.GetString(lines.Slice(0, lines.Lines).Span);
}
