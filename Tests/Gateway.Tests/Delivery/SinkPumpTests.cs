using Microsoft.Extensions.Logging.Abstractions;
using PatchEdge.Gateway.Delivery;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Tests.Journal;

namespace PatchEdge.Gateway.Tests.Delivery;

public sealed class SinkPumpTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Delivered_readings_are_counted_as_the_sink_confirms_them_and_those_of_an_earlier_process_never()
    {
        var options = JournalFixture.Options(folder);
        await using (var earlier = JournalFixture.Open(options, "far"))
            await earlier.WriteAsync(JournalFixture.Batch(1, readings: 100), Cancel);
        await using var journal = JournalFixture.Open(options, "far");
        using var sink = new FarSink();
        await using var pump = new SinkPump(journal, options.Directory, sink, TimeProvider.System, NullLogger.Instance);
        for (uint number = 2; number <= 4; number++)
            await journal.WriteAsync(JournalFixture.Batch(number, readings: 10), Cancel);

        sink.Allow(2);
        await Eventually.TrueAsync("one of three is counted", () => Task.FromResult(pump.DeliveredReadings == 10), Patience, () => $"{pump.DeliveredReadings}");
        Assert.Equal(2, pump.Backlog);
        sink.Allow(4);
        await Eventually.TrueAsync("all are counted", () => Task.FromResult(pump.DeliveredReadings == 30), Patience, () => $"{pump.DeliveredReadings}");
        Assert.Equal(0, pump.Backlog);
    }

    [Fact]
    public async Task What_is_delivered_from_memory_is_what_the_file_holds_and_what_a_sink_has_no_use_for_is_passed_over_and_counted()
    {
        var options = JournalFixture.Options(folder);
        await using var journal = JournalFixture.Open(options, "far", "few");
        using var far = new FarSink { Limit = long.MaxValue };
        using var few = new FarSink { Limit = long.MaxValue, Name = "few", Kinds = [JournalKind.Gaps] };
        await using var pump = new SinkPump(journal, options.Directory, far, TimeProvider.System, NullLogger.Instance);
        await using var second = new SinkPump(journal, options.Directory, few, TimeProvider.System, NullLogger.Instance);
        for (uint number = 1; number <= 40; number++)
        {
            var batch = JournalFixture.Batch(number, readings: (int)number * 7);
            if (number % 10 == 0)
                batch.Gaps.Add(JournalFixture.Gap($"g{number}"));
            await journal.WriteAsync(batch, Cancel);
        }

        await Eventually.TrueAsync("both have all", () => Task.FromResult(pump.Backlog + second.Backlog == 0), Patience, () => $"{pump.Backlog}, {second.Backlog}");
        using var reader = new JournalReader(options.Directory);
        var held = reader.Read(1, int.MaxValue, (entry, reason) => Assert.Fail($"{entry}: {reason}"));
        Assert.Equal(44, held.Count);
        Assert.Equal(held.Select(Text), far.Received);
        Assert.Equal(held.Where(entry => entry.Kind == JournalKind.Gaps).Select(Text), few.Received);
        Assert.Equal((journal.Readings, journal.Readings), (pump.DeliveredReadings, second.DeliveredReadings));
    }

    public void Dispose() => folder.Dispose();

    private static string Text(JournalEntry entry) => $"{entry.Id} {entry.Kind} {entry.At.UnixMilliseconds} {entry.Count} {Convert.ToBase64String(entry.Body)}";

    /// <summary>Takes entries as far as it is allowed to.</summary>
    private sealed class FarSink : ISink, IDisposable
    {
        private readonly SemaphoreSlim change = new(0);
        private long allowed;

        public string Name { get; init; } = "far";

        public IReadOnlyCollection<JournalKind>? Kinds { get; init; }

        public long Limit { init => allowed = value; }

        /// <summary>Each entry that was confirmed, with its content; to be read when the pump has nothing more to deliver.</summary>
        public List<string> Received { get; } = [];

        public bool Takes(JournalKind kind) => Kinds is null || Kinds.Contains(kind);

        public string? Trouble => null;

        public SinkCounters Counters => default;

        public void Dispose() => change.Dispose();

        public void Allow(long entry)
        {
            Interlocked.Exchange(ref allowed, entry);
            change.Release();
        }

        public async Task DeliverAsync(IReadOnlyList<JournalEntry> entries, int offset, Func<SinkPosition, Task> confirmed, CancellationToken cancel)
        {
            foreach (var entry in entries)
            {
                while (entry.Id > Interlocked.Read(ref allowed))
                    await change.WaitAsync(cancel);
                Received.Add(Text(entry));
                await confirmed(new SinkPosition(entry.Id + 1, 0));
            }
        }
    }
}
