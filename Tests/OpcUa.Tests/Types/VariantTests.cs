using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Types;

public sealed class VariantTests
{
    [Fact]
    public void Scalars_come_back_as_they_went_in()
    {
        Assert.Equal(-1.5, new Variant(-1.5).Get<double>());
        Assert.Equal(-1.5f, new Variant(-1.5f).Get<float>());
        Assert.Equal(ulong.MaxValue, new Variant(ulong.MaxValue).Get<ulong>());
        Assert.Equal(sbyte.MinValue, new Variant(sbyte.MinValue).Get<sbyte>());
        Assert.Equal("A", new Variant("A").Get<string>());
        Assert.Equal(StatusCodes.BadTimeout, new Variant(new StatusCode(StatusCodes.BadTimeout)).Get<StatusCode>());
        Assert.Equal(new NodeId(5), new Variant(new NodeId(5)).Get<NodeId>());
    }

    [Fact]
    public void Only_the_exact_type_is_read()
    {
        Variant value = 5;
        Assert.False(value.TryGet(out uint _));
        Assert.False(value.TryGet(out string? _));
        Assert.False(value.TryGetArray(out int[]? _));
        Assert.Contains("Int32", Assert.Throws<InvalidCastException>(() => value.Get<double>()).Message);
    }

    [Fact]
    public void Inline_scalars_take_no_memory()
    {
        static double Sum(int count)
        {
            double sum = 0;
            for (int i = 0; i < count; i++)
            {
                Variant value = (double)i;
                sum += value.Get<double>() + (new Variant(i).TryGetNumber(out double number) ? number : 0);
            }
            return sum;
        }
        Sum(10);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Sum(10_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Numbers_read_as_double_and_integers_as_long()
    {
        Assert.True(new Variant(true).TryGetNumber(out double number));
        Assert.Equal(1, number);
        Assert.True(new Variant(ulong.MaxValue).TryGetNumber(out number));
        Assert.Equal(18446744073709551615.0, number);
        Assert.True(new Variant(2.5f).TryGetNumber(out number));
        Assert.Equal(2.5, number);
        Assert.False(new Variant("2.5").TryGetNumber(out _));
        Assert.False(Variant.FromArray<int>([1]).TryGetNumber(out _));
        Assert.True(new Variant((short)-3).TryGetInteger(out long integer));
        Assert.Equal(-3, integer);
        Assert.False(new Variant(ulong.MaxValue).TryGetInteger(out _));
        Assert.False(new Variant(1.0).TryGetInteger(out _));
    }

    [Fact]
    public void Null_string_is_null_and_yet_a_string()
    {
        var value = new Variant((string?)null);
        Assert.True(value.IsNull);
        Assert.Equal(BuiltInType.String, value.Type);
        Assert.NotEqual(Variant.Null, value);
        Assert.True(value.TryGet(out string? text));
        Assert.Null(text);
        Assert.False(new Variant(0).IsNull);
        Assert.True(Variant.FromArray<int>(null).IsNull);
        Assert.False(Variant.FromArray<int>([]).IsNull);
    }

    [Fact]
    public void Equality_is_by_content_and_floating_point_by_bits()
    {
        Assert.Equal(new Variant(double.NaN), new Variant(double.NaN));
        Assert.NotEqual(new Variant(0.0), new Variant(-0.0));
        Assert.Equal(Variant.FromArray<double>([double.NaN]), Variant.FromArray<double>([double.NaN]));
        Assert.Equal(Variant.FromArray<StatusCode>([1u, 2u]), Variant.FromArray<StatusCode>([1u, 2u]));
        Assert.NotEqual(Variant.FromArray<long>([1, 2]), Variant.FromArray<long>([1, 3]));
        Assert.NotEqual(Variant.FromArray<float>([0f]), Variant.FromArray<float>([-0f]));
        Assert.NotEqual(Variant.FromArray<short>([1, 2]), Variant.FromArray<short>([1]));
        Assert.NotEqual(Variant.FromArray<bool>([true]), Variant.FromArray<bool>(null));
        Assert.Equal(new Variant(new byte[] { 1 }), new Variant(new byte[] { 1 }));
        Assert.Equal(Variant.FromArray<byte[]>([[1]]), Variant.FromArray<byte[]>([[1]]));
        Assert.Equal(Variant.FromArray<int>([1, 2, 3, 4], 2, 2), Variant.FromArray<int>([1, 2, 3, 4], 2, 2));
        Assert.NotEqual(Variant.FromArray<int>([1, 2, 3, 4], 2, 2), Variant.FromArray<int>([1, 2, 3, 4]));
        Assert.NotEqual(new Variant(1), new Variant(1u));
        Assert.NotEqual(new Variant("A"), Variant.FromXmlElement("A"));
        Assert.Equal(new Variant("A").GetHashCode(), new Variant(string.Concat("", "A")).GetHashCode());
    }

    [Fact]
    public void Byte_array_and_byte_string_are_told_apart()
    {
        Assert.Equal(BuiltInType.ByteString, new Variant(new byte[] { 1 }).Type);
        Variant array = Variant.FromArray<byte>([1]);
        Assert.Equal((BuiltInType.Byte, true), (array.Type, array.IsArray));
        Assert.Equal([1], array.GetArray<byte>()!);
    }

    [Fact]
    public void Matrix_keeps_dimensions_and_elements()
    {
        Variant matrix = Variant.FromArray<int>([1, 2, 3, 4, 5, 6], 2, 3);
        Assert.Equal([2, 3], matrix.Dimensions.ToArray());
        Assert.Equal([1, 2, 3, 4, 5, 6], matrix.GetArray<int>()!);
        Assert.Equal(6, matrix.Length);
        Assert.Throws<ArgumentException>(() => Variant.FromArray<int>([1, 2, 3], 2, 2));
        Assert.Throws<ArgumentException>(() => Variant.FromArray<DayOfWeek>([]));
    }

    [Fact]
    public void Times_are_taken_to_utc_and_to_the_range_of_the_wire()
    {
        Assert.Equal(DateTimeKind.Utc, new Variant(new DateTime(2024, 1, 1)).Get<DateTime>().Kind);
        Assert.Equal(DateTime.MinValue, new Variant(new DateTime(1500, 1, 1)).Get<DateTime>());
        Assert.Equal(DateTime.MaxValue, new Variant(new DateTime(9999, 12, 31, 23, 59, 59)).Get<DateTime>());
    }

    [Fact]
    public void Text_is_bounded()
    {
        Assert.Equal("null", Variant.Null.ToString());
        Assert.Equal("1.5", new Variant(1.5).ToString());
        Assert.Equal("[1, 2]", Variant.FromArray<int>([1, 2]).ToString());
        Assert.EndsWith("1000 in all]", Variant.FromArray(new int[1000]).ToString());
    }
}
