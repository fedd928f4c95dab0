using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Delivery;
using PatchEdge.Gateway.Delivery.Influx;
using PatchEdge.Gateway.Delivery.Verification;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Journal.Blocks;
using PatchEdge.Gateway.Tests.Journal;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.Gateway.Tests.Delivery;

/// <summary>Against InfluxDB 2 and 3, which Debian does not package: what is written is read back, what they refuse is set aside, and a wrong token loses nothing.</summary>
public sealed class InfluxContainerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(InfluxContainer.Version2)]
    [InlineData(InfluxContainer.Version3)]
    public async Task What_is_delivered_is_read_back(string image)
    {
        await using var database = await InfluxContainer.StartAsync(image, Cancel);
        Assert.Empty(await DeliverAsync(database.Options, Numbers(50)));
        Assert.Equal(Enumerable.Range(0, 50).Select(number => (double)number), await ValuesAsync(database.Options));
    }

    [Theory]
    [InlineData(InfluxContainer.Version2, 422)]
    [InlineData(InfluxContainer.Version3, 400)]
    [Trait("Hostile", "49")]
    public async Task Partial_write_sets_the_refused_line_aside_and_stores_the_others(string image, int status)
    {
        await using var database = await InfluxContainer.StartAsync(image, Cancel);
        // From now on `text` is a number there, and every text a conflict.
        var at = Nanoseconds(0);
        Assert.InRange((await database.WriteAsync($"tag_value,tag=other text=1i {at}\n", Cancel)).Status, 200, 204);
        var (told, words) = await database.WriteAsync($"tag_value,tag=other text=2i {at}\ntag_value,tag=other text=\"no\" {at}\n", Cancel);
        Assert.Equal(status, told);
        if (image == InfluxContainer.Version3)
            Assert.Equal([1], RefusedLines.Named(words, 2).Keys);

        var batch = Numbers(50);
        batch.Readings.Start(new NotificationHead(0, 1, 2, JournalFixture.Zero, JournalFixture.Zero, 1));
        batch.Readings.Add(50, new DataValue(new Variant("no number"), StatusCodes.Good, JournalFixture.Zero, JournalFixture.Zero));
        var refused = Assert.Single(await DeliverAsync(database.Options, batch));
        Assert.Contains("text=\"no number\"", refused, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(0, 50).Select(number => (double)number), await ValuesAsync(database.Options));
    }

    [Theory]
    [InlineData(InfluxContainer.Version2)]
    [InlineData(InfluxContainer.Version3)]
    [Trait("Hostile", "49")]
    public async Task Wrong_token_keeps_everything_until_it_is_put_right(string image)
    {
        await using var database = await InfluxContainer.StartAsync(image, Cancel);
        await using (var journal = JournalFixture.Open(JournalFixture.Options(folder), InfluxSink.CursorName))
        {
            await journal.WriteAsync(Numbers(20), Cancel);
            await using var pump = Pump(journal, database.Options with { Token = "apiv3_of_somebody_else" });
            await Eventually.TrueAsync(
                "the token is refused", () => Task.FromResult(pump.Sink.Trouble?.Contains("credentials are refused", StringComparison.Ordinal) == true), Patience, () => pump.Sink.Trouble ?? "");
            Assert.Equal((1, 0L), (pump.Backlog, pump.Sink.Counters.Delivered));
        }

        Assert.Empty(await DeliverAsync(database.Options));
        Assert.Equal(20, (await ValuesAsync(database.Options)).Count);
    }

    /// <returns>The lines that were set aside.</returns>
    private async Task<IReadOnlyList<string>> DeliverAsync(InfluxOptions options, JournalBatch? batch = null)
    {
        var where = JournalFixture.Options(folder);
        await using (var journal = JournalFixture.Open(where, InfluxSink.CursorName))
        {
            if (batch is not null)
                await journal.WriteAsync(batch, Cancel);
            await using var pump = Pump(journal, options);
            await Eventually.TrueAsync("all is delivered", () => Task.FromResult(pump.Backlog == 0), Patience, () => pump.Sink.Trouble ?? "");
        }

        using var reader = new JournalReader(where.Directory);
        return [.. reader.Quarantined(InfluxSink.CursorName).SelectMany(items => items)];
    }

    private SinkPump Pump(JournalWriter journal, InfluxOptions options)
    {
        var points = new PointWriter("Site", "gw", id => ($"t{id}", "L"));
        var sink = new InfluxSink(options, points, journal, TimeProvider.System, new Random(1), NullLogger.Instance);
        return new SinkPump(journal, JournalFixture.Options(folder).Directory, sink, TimeProvider.System, NullLogger.Instance);
    }

    /// <summary>Every value of every tag, in order, as the gateway's own verification reads them.</summary>
    private static async Task<List<double>> ValuesAsync(InfluxOptions options)
    {
        var values = new List<double>();
        using var query = new InfluxQuery(options, TimeProvider.System);
        await query.RunAsync(
            "SELECT value FROM tag_value", series => values.AddRange(series.GetProperty("values").EnumerateArray().Where(row => row[1].ValueKind == JsonValueKind.Number).Select(row => row[1].GetDouble())), Cancel);
        return [.. values.Order()];
    }

    private static JournalBatch Numbers(int count)
    {
        var batch = new JournalBatch { At = new Moment(1) };
        batch.Readings.Start(new NotificationHead(0, 1, 1, JournalFixture.Zero, JournalFixture.Zero, count));
        for (var index = 0; index < count; index++)
            batch.Readings.Add(index, new DataValue(new Variant((double)index), StatusCodes.Good, JournalFixture.Zero.AddSeconds(index), JournalFixture.Zero));
        return batch;
    }

    private static long Nanoseconds(int seconds) => (JournalFixture.Zero.AddSeconds(seconds).Ticks - DateTime.UnixEpoch.Ticks) * 100;
}
