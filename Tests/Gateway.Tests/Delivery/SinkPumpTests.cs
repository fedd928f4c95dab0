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

    public void Dispose() => folder.Dispose();

    /// <summary>Takes entries as far as it is allowed to.</summary>
    private sealed class FarSink : ISink, IDisposable
    {
        private readonly SemaphoreSlim change = new(0);
        private long allowed;

        public string Name => "far";

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
                await confirmed(new SinkPosition(entry.Id + 1, 0));
            }
        }
    }
}
