using PatchEdge.OpcUa.Types;
using PatchEdge.Simulator.Recording;

namespace PatchEdge.Simulator.Tests.Recording;

public sealed class PlantRecordTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task What_was_written_is_read_value_by_value_in_order()
    {
        await using (var recorder = Recorder())
        {
            var (speed, batch) = (recorder.Define("L/Speed"), recorder.Define("L/Batch"));
            recorder.Add(speed, Value(1.25, 0));
            recorder.Add(batch, Value("B-1", 0));
            recorder.Commit();
            recorder.Add(speed, new DataValue(-3.5, StatusCodes.BadSensorFailure, At(50).UtcDateTime));
            recorder.Commit();
        }

        var record = PlantRecord.Read(folder.Path);
        Assert.Empty(record.Notes);
        Assert.Equal(
            [("L/Speed", 0L, new Variant(1.25), At(0)), ("L/Batch", 0, new Variant("B-1"), At(0)), ("L/Speed", 1, new Variant(-3.5), At(50))],
            record.Values.Select(value => (value.Tag, value.Sequence, value.Value, new DateTimeOffset(value.Time))));
        Assert.Equal([StatusCodes.Good, StatusCodes.Good, StatusCodes.BadSensorFailure], record.Values.Select(value => value.Status.Value));
        Assert.All(record.Values, value => Assert.Equal("line", value.Server));
    }

    [Fact]
    public async Task Fault_lasts_until_its_end_is_put_down()
    {
        await using var recorder = Recorder();
        var (first, second) = (recorder.Begin(FaultKind.NetworkCut, "north", At(0)), recorder.Begin(FaultKind.Bad, "L/Speed", At(100)));
        Assert.NotEqual(first, second);
        recorder.End(first, At(300));
        Assert.Equal(
            [new InjectedFault(FaultKind.NetworkCut, "north", At(0), At(300)), new InjectedFault(FaultKind.Bad, "L/Speed", At(100), null)],
            PlantRecord.Read(folder.Path).Faults);
    }

    /// <summary>A kill cuts the file anywhere: everything before the frame that it hit is there.</summary>
    [Fact]
    public async Task File_that_is_cut_off_anywhere_gives_every_whole_frame()
    {
        await using (var recorder = Recorder())
        {
            var tag = recorder.Define("L/Speed");
            for (var number = 0; number < 5; number++)
            {
                recorder.Add(tag, Value((double)number, number * 50));
                recorder.Commit();
            }
        }

        var whole = File.ReadAllBytes(Directory.GetFiles(folder.Path).Single());
        var seen = new HashSet<int>();
        for (var length = whole.Length; length > 0; length--)
        {
            using var cut = new TemporaryFolder();
            await File.WriteAllBytesAsync(cut.File("line-20260301T080000.0000000-000000.record"), whole[..length], TestContext.Current.CancellationToken);
            var record = PlantRecord.Read(cut.Path);
            Assert.Equal(Enumerable.Range(0, record.Values.Count).Select(number => (double)number), record.Values.Select(value => value.Value.Get<double>()));
            seen.Add(record.Values.Count);
        }

        Assert.Equal([0, 1, 2, 3, 4, 5], seen.Order());
    }

    [Fact]
    public async Task Byte_that_is_flipped_ends_what_is_believed()
    {
        await using (var recorder = Recorder())
        {
            var tag = recorder.Define("L/Speed");
            recorder.Add(tag, Value(1.0, 0));
            recorder.Commit();
        }

        var path = Directory.GetFiles(folder.Path).Single();
        var bytes = File.ReadAllBytes(path);
        bytes[^2] ^= 0x10;
        File.WriteAllBytes(path, bytes);
        var record = PlantRecord.Read(folder.Path);
        Assert.Empty(record.Values);
        Assert.Contains("no whole frame", Assert.Single(record.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Record_stays_within_its_bound_and_says_what_went()
    {
        const int Values = 4_000;
        const long Bound = 64 * 1024;
        await using (var recorder = Recorder(Bound))
        {
            var tag = recorder.Define("L/Speed");
            for (var number = 0; number < Values; number++)
            {
                recorder.Add(tag, Value((double)number, number * 50));
                recorder.Commit();
            }
        }

        Assert.InRange(Directory.GetFiles(folder.Path).Sum(file => new FileInfo(file).Length), Bound / 2, Bound * 5 / 4);
        var record = PlantRecord.Read(folder.Path);
        Assert.Contains("is the oldest file left", Assert.Single(record.Notes), StringComparison.Ordinal);
        // What is left is the newest, without a hole, numbered as it was.
        Assert.Equal(Enumerable.Range(Values - record.Values.Count, record.Values.Count).Select(number => ((long)number, (double)number)), record.Values.Select(value => (value.Sequence, value.Value.Get<double>())));
        Assert.InRange(record.Values.Count, 100, Values - 1);
    }

    [Fact]
    public async Task Lives_of_a_writer_are_told_apart()
    {
        for (var life = 0; life < 2; life++)
        {
            await using var recorder = new PlantRecorder(folder.Path, "line", new Microsoft.Extensions.Time.Testing.FakeTimeProvider(At(life * 1_000)));
            recorder.Add(recorder.Define("L/Speed"), Value(1.0, life * 1_000));
            recorder.Commit();
        }

        var record = PlantRecord.Read(folder.Path);
        Assert.Equal([(At(0).UtcDateTime, 0L), (At(1_000).UtcDateTime, 0)], record.Values.Select(value => (value.Life, value.Sequence)));
    }

    [Fact]
    public void File_of_something_else_is_refused_by_name()
    {
        folder.Write("other.record", "no record at all, but long enough to look like one");
        Assert.Single(PlantRecord.Read(folder.Path).Notes);
        using var other = new TemporaryFolder();
        Assert.Empty(PlantRecord.Read(other.Path).Values);
    }

    private PlantRecorder Recorder(long bound = PlantRecorder.DefaultMaximumBytes) => new(folder.Path, "line", TimeProvider.System, bound);

    private static DataValue Value<T>(T content, int milliseconds) =>
        new(content switch { double number => new Variant(number), _ => new Variant(content as string) }, StatusCodes.Good, At(milliseconds).UtcDateTime);

    private static DateTimeOffset At(int milliseconds) => Start.AddMilliseconds(milliseconds);
}
