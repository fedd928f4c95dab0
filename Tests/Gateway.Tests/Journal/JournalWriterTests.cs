using Microsoft.Data.Sqlite;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Journal.Blocks;
using PatchEdge.Gateway.Journal.Storage;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Tests.Journal;

public sealed class JournalWriterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    [Trait("Req", "Acknowledge only after the journal has it")]
    public async Task Notification_is_acknowledged_after_its_batch_is_durable()
    {
        var options = JournalFixture.Options(folder);
        var acknowledged = new List<uint>();
        await using (var journal = JournalFixture.Open(options))
        {
            for (uint number = 1; number <= 50; number++)
            {
                var batch = JournalFixture.Batch(number, acknowledge: (sequence, _) => acknowledged.Add(sequence));
                await journal.WriteAsync(batch, Cancel);
                Assert.Equal(number, acknowledged[^1]);
            }

            Assert.Equal(150, journal.Readings);
        }

        Assert.Equal(acknowledged, JournalFixture.SequenceNumbers(options.Directory));
    }

    [Fact]
    public async Task Second_process_on_the_same_directory_is_refused()
    {
        var options = JournalFixture.Options(folder);
        await using var journal = JournalFixture.Open(options);
        var refusal = Assert.Throws<JournalException>(() => JournalFixture.Open(options));
        Assert.Contains("in use by another process", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Journal_of_another_gateway_is_refused()
    {
        var options = JournalFixture.Options(folder);
        await using (JournalFixture.Open(options))
        {
        }

        var refusal = Assert.Throws<JournalException>(() => JournalWriter.Open(options, "Site", "other", [], TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance));
        Assert.Contains("Site/gw", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Flipped_bit_is_noticed_and_costs_its_entry_only()
    {
        var options = JournalFixture.Options(folder);
        await using (var journal = JournalFixture.Open(options))
            for (uint number = 1; number <= 3; number++)
                await journal.WriteAsync(JournalFixture.Batch(number, 100), Cancel);
        Execute(options, "UPDATE entry SET body = substr(body, 1, 20) || x'00' || substr(body, 22) WHERE id = 2");
        using var reader = new JournalReader(options.Directory);
        var damaged = new List<long>();
        var entries = reader.Read(1, int.MaxValue, (entry, _) => damaged.Add(entry));
        Assert.Equal([2L], damaged);
        Assert.Equal([1L, 3L], entries.Select(entry => entry.Id));
    }

    [Fact]
    public async Task Row_moved_to_another_place_is_noticed()
    {
        var options = JournalFixture.Options(folder);
        await using (var journal = JournalFixture.Open(options))
            await journal.WriteAsync(JournalFixture.Batch(1), Cancel);
        Execute(options, "UPDATE entry SET id = 9");
        using var reader = new JournalReader(options.Directory);
        var damaged = new List<long>();
        Assert.Empty(reader.Read(1, int.MaxValue, (entry, _) => damaged.Add(entry)));
        Assert.Equal([9L], damaged);
    }

    [Fact]
    [Trait("Req", "JournalFull")]
    public async Task Full_journal_holds_readings_lets_gaps_through_and_goes_on_when_entries_may_go()
    {
        var options = JournalFixture.Options(folder, 1024 * 1024);
        var acknowledged = new List<uint>();
        await using var journal = JournalFixture.Open(options, "influxdb");
        uint number = 0;
        var random = new Random(1);
        while (journal.Writable)
        {
            var batch = JournalFixture.Batch(++number, 0, (sequence, _) => acknowledged.Add(sequence));
            batch.Readings.Start(new NotificationHead(0, 7, number, JournalFixture.Zero, JournalFixture.Zero, 1));
            var noise = new byte[40_000];
            random.NextBytes(noise);
            batch.Readings.Add(1, new OpcUa.Types.DataValue(new OpcUa.Types.Variant(noise)));
            Assert.True(await journal.WaitToWriteAsync(Cancel) && journal.TryWrite(batch));
            await Task.WhenAny(batch.Durable, Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, Cancel));
            Assert.True(number < 100, "the journal never became full");
        }

        var held = number;
        Assert.DoesNotContain(held, acknowledged);
        var gap = new JournalBatch { At = new Moment(1) };
        gap.Gaps.Add(new Gap { Id = "g", Tag = "t", Line = "l", Gateway = "gw", Server = "s", Cause = GapCause.JournalFull, Start = DateTimeOffset.UnixEpoch });
        await journal.WriteAsync(gap, Cancel).WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Cancel);
        await journal.WriteAsync(new CursorMove("influxdb", new SinkPosition(journal.LastEntry + 1, 0)), Cancel).WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Cancel);
        await Eventually.TrueAsync("the held batch is written", () => Task.FromResult(acknowledged.Contains(held) && journal.Writable), TimeSpan.FromSeconds(20));
    }

    /// <summary>What came with readings that had to wait was overtaken by what came later without any: the end of a gap was undone by its beginning.</summary>
    [Fact]
    [Trait("Req", "JournalFull")]
    public async Task Gap_that_ends_while_the_readings_beside_its_beginning_wait_has_ended()
    {
        var options = JournalFixture.Options(folder, 1024 * 1024);
        await using var journal = JournalFixture.Open(options, "influxdb");
        var random = new Random(1);
        var (number, waiting) = (0u, JournalFixture.Noise(1, random));
        // What is over for long goes when room is made.
        var now = TimeProvider.System.GetUtcNow();
        var end = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds() + 9_000);
        while (journal.Writable)
        {
            waiting = JournalFixture.Noise(++number, random);
            waiting.Gaps.Add(JournalFixture.Gap("g" + number) with { Start = now });
            waiting.Evidence["s"] = new Moment(number);
            Assert.True(await journal.WaitToWriteAsync(Cancel) && journal.TryWrite(waiting));
            await Task.WhenAny(waiting.Durable, Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, Cancel));
            Assert.True(number < 100, "the journal never became full");
        }

        var after = new JournalBatch { At = new Moment(number + 1) };
        after.Gaps.Add(JournalFixture.Gap("g" + number) with { Start = now, End = end });
        await journal.WriteAsync(after, Cancel).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Cancel);
        Assert.False(waiting.Durable.IsCompleted);
        using var reader = new JournalReader(options.Directory);
        // How far the servers are proven waits with what proves it.
        Assert.True(reader.Recover().Proven["s"] < new Moment(number));
        await journal.WriteAsync(new CursorMove("influxdb", new SinkPosition(journal.LastEntry + 1, 0)), Cancel).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Cancel);
        await waiting.Durable.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Cancel);
        Assert.Equal(end, Assert.Single(reader.Gaps("id = $1", "g" + number)).End);
        Assert.Equal(new Moment(number), reader.Recover().Proven["s"]);
    }

    [Fact]
    public async Task Repair_that_no_evidence_follows_is_read_at_the_start_as_unconfirmed()
    {
        var options = JournalFixture.Options(folder);
        var second = DateTimeOffset.UnixEpoch.AddSeconds(5);
        var repaired = JournalFixture.Gap("early") with { End = second, Repair = GapRepair.Transferred };
        var late = repaired with { Id = "late", End = second.AddSeconds(1) };
        await using var journal = JournalFixture.Open(options);
        var batch = new JournalBatch { At = new Moment(6_000) };
        batch.Gaps.AddRange([repaired, late, late with { Id = "arrived", Repair = GapRepair.ArrivedLate }]);
        batch.Evidence["s"] = new Moment(6_000);
        await journal.WriteAsync(batch, Cancel);
        using var reader = new JournalReader(options.Directory);
        Assert.Equal([late], reader.Recover().UnconfirmedGaps);
    }

    [Fact]
    public async Task Failed_write_closes_the_file_and_is_made_good_once_it_can_be()
    {
        var options = JournalFixture.Options(folder);
        var acknowledged = new List<uint>();
        await using var journal = JournalFixture.Open(options);
        await journal.WriteAsync(JournalFixture.Batch(1), Cancel);
        Alter(options, "ALTER TABLE entry RENAME TO elsewhere");
        var batch = JournalFixture.Batch(2, acknowledge: (sequence, _) => acknowledged.Add(sequence));
        Assert.True(journal.TryWrite(batch));
        await Eventually.TrueAsync("trouble is told", () => Task.FromResult(!journal.Writable), TimeSpan.FromSeconds(10));
        Assert.Empty(acknowledged);
        Alter(options, "ALTER TABLE elsewhere RENAME TO entry");
        await Eventually.TrueAsync("the batch is durable", () => Task.FromResult(batch.Durable.IsCompleted), TimeSpan.FromSeconds(20), () => journal.Trouble + " " + journal.Completion.Status + journal.Completion.Exception);
        Assert.True(journal.Writable);
        Assert.Equal([1u, 2u], JournalFixture.SequenceNumbers(options.Directory));
    }

    [Fact]
    public async Task What_an_earlier_process_left_is_read_at_the_start()
    {
        var options = JournalFixture.Options(folder);
        var open = new Gap { Id = "g", Tag = "t", Line = "l", Gateway = "gw", Server = "s", Cause = GapCause.BadQuality, Start = DateTimeOffset.UnixEpoch };
        var chain = new AttestationChain("Site", "gw", 0, "", new Moment(0));
        await using (var journal = JournalFixture.Open(options))
        {
            await journal.AddSourcesAsync([(4, "t", "s")], Cancel);
            var batch = new JournalBatch { At = new Moment(5000), Attestation = chain.Attest(new Moment(5000), default) };
            batch.Gaps.Add(open);
            batch.Evidence[""] = new Moment(6000);
            batch.Evidence["s"] = new Moment(5500);
            await journal.WriteAsync(batch, Cancel);
        }

        await using var again = JournalFixture.Open(options);
        using var reader = new JournalReader(options.Directory);
        var recovery = reader.Recover();
        Assert.Equal(new Moment(6000), recovery.Alive);
        Assert.Equal(new Moment(5500), recovery.Proven["s"]);
        Assert.Equal([open], recovery.OpenGaps);
        Assert.Equal((1, new Moment(5000)), (recovery.LastAttestation.Sequence, recovery.LastAttestation.End));
        Assert.Equal(4, recovery.Sources[("t", "s")]);
    }

    private static void Execute(JournalOptions options, string sql) => Assert.Equal(1, Alter(options, sql));

    private static int Alter(JournalOptions options, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={JournalStore.PathOf(options)};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteNonQuery();
    }
}
