using CsCheck;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Journal.Blocks;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.Gateway.Tests.Journal.Blocks;

public sealed class ReadingBlockTests
{
    private static readonly DateTime Time = new(2026, 5, 4, 3, 2, 1, DateTimeKind.Utc);

    public static TheoryData<string> Kinds => [.. Values.Keys];

    private static Dictionary<string, Variant> Values { get; } = new()
    {
        ["null"] = default,
        ["true"] = true,
        ["sbyte"] = (sbyte)-7,
        ["byte"] = (byte)200,
        ["int16"] = short.MinValue,
        ["uint16"] = ushort.MaxValue,
        ["int32"] = int.MinValue,
        ["uint32"] = uint.MaxValue,
        ["int64"] = long.MinValue,
        ["uint64"] = ulong.MaxValue,
        ["float"] = 1.25f,
        ["nan"] = double.NaN,
        ["double"] = -1e300,
        ["empty text"] = "",
        ["null text"] = (string?)null,
        ["text"] = "Füllung 🧪",
        ["time"] = Time,
        ["guid"] = new Guid("0f8fad5b-d9cb-469f-a165-70867728950e"),
        ["bytes"] = new Variant(new byte[] { 1, 2, 3 }),
        ["status"] = new StatusCode(StatusCodes.BadTimeout),
        ["localized"] = new LocalizedText("de", "Leerlauf"),
        ["array"] = Variant.FromArray(new[] { 1, 2, 3 }),
        ["matrix"] = Variant.FromArray(new[] { 1.0, 2, 3, 4 }, 2, 2),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Reading_of_any_type_comes_back_as_it_was(string kind)
    {
        var value = new DataValue(Values[kind], StatusCodes.UncertainLastUsableValue, Time, Time.AddTicks(3));
        using var block = new ReadingBlock();
        block.Start(new NotificationHead(2, 77, uint.MaxValue, Time.AddSeconds(1), DateTime.MinValue.ToUniversalTime(), 1));
        block.Add(12345, value);
        var cursor = new ReadingBlockCursor(block.Written);
        Assert.True(cursor.MoveNext());
        Assert.Equal(12345, cursor.Source);
        Assert.Equal(value, cursor.Value);
        Assert.Equal(new NotificationHead(2, 77, uint.MaxValue, Time.AddSeconds(1), DateTime.MinValue, 1), cursor.Head);
        Assert.False(cursor.MoveNext());
    }

    [Fact]
    public void Number_takes_about_a_dozen_bytes()
    {
        using var block = new ReadingBlock();
        block.Start(new NotificationHead(0, 1, 1, Time, Time, 1000));
        for (var index = 0; index < 1000; index++)
            block.Add(index, new DataValue(new Variant(index * 0.1), StatusCodes.Good, Time.AddMilliseconds(index), Time.AddMilliseconds(index)));
        Assert.InRange(block.Length / 1000.0, 8, 17);
    }

    [Fact]
    public void Damaged_block_is_refused_and_never_runs_away() => Gen.Select(Gen.Byte.Array[0, 200], Gen.Int[0, 300]).Sample(
        (bytes, flip) =>
        {
            var cursor = new ReadingBlockCursor(bytes);
            try
            {
                for (var read = 0; cursor.MoveNext(); read++)
                    Assert.True(read < 1000);
            }
            catch (Exception exception) when (exception is JournalException or UaException)
            {
                // Refused.
            }
        },
        iter: 5000);
}
