using CsCheck;
using Microsoft.Data.Sqlite;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Journal.Blocks;
using PatchEdge.Gateway.Journal.Storage;

namespace PatchEdge.Gateway.Tests.Journal;

/// <summary>Bits that flip, tails that are torn, copies put in the journal's place, a second process: noticed, and never taken for data.</summary>
public sealed class JournalDamageTests : IDisposable
{
    private const int EntriesLost = 305;
    private const uint Notifications = 12;

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [Trait("Hostile", "45")]
    [InlineData("id")]
    [InlineData("kind")]
    [InlineData("at")]
    [InlineData("count")]
    [InlineData("raw_length")]
    [InlineData("checksum")]
    public async Task Flipped_bit_of_a_number_in_an_entry_is_noticed(string column)
    {
        const long Entry = 12;
        var options = await WriteAsync();
        var before = Bodies(options, out _);
        using var connection = Connect(options);
        var value = (long)Scalar(connection, $"SELECT {column} FROM entry WHERE id = $1", Entry)!;
        for (var bit = 0; bit < 64; bit++)
        {
            var flipped = value ^ (1L << bit);
            // Bits above the sum's 32 do not count; another entry's id would be that entry.
            if ((column == "checksum" && bit > 31) || (column == "id" && flipped is > 0 and <= Notifications))
                continue;
            Scalar(connection, $"UPDATE entry SET {column} = $2 WHERE id = $1", Entry, flipped);
            var after = Bodies(options, out var damaged);
            Scalar(connection, $"UPDATE entry SET {column} = $2 WHERE id = $1", column == "id" ? flipped : Entry, value);
            Assert.NotEmpty(damaged);
            Assert.Equal(before.Where(entry => entry.Id != Entry), after);
        }
    }

    [Fact]
    [Trait("Hostile", "45")]
    public async Task Flipped_bit_anywhere_in_a_block_is_noticed_and_costs_that_block_alone()
    {
        var options = await WriteAsync();
        var before = Bodies(options, out _);
        Gen.Select(Gen.Long[1, Notifications], Gen.Int[0, 7], Gen.Double[0, 1]).Sample(
            (entry, bit, place) =>
            {
                using var connection = Connect(options);
                var body = (byte[])Scalar(connection, "SELECT body FROM entry WHERE id = $1", entry)!;
                var at = Math.Min(body.Length - 1, (int)(place * body.Length));
                var flipped = (byte[])body.Clone();
                flipped[at] ^= (byte)(1 << bit);
                Scalar(connection, "UPDATE entry SET body = $2 WHERE id = $1", entry, flipped);
                var after = Bodies(options, out var damaged);
                Scalar(connection, "UPDATE entry SET body = $2 WHERE id = $1", entry, body);
                Assert.Equal([entry], damaged);
                Assert.Equal(before.Where(each => each.Id != entry), after);
            },
            iter: 300, threads: 1);
    }

    /// <summary>Where SQLite itself has no checksum: pages of the file.</summary>
    [Fact]
    [Trait("Hostile", "45")]
    public async Task Flipped_bit_anywhere_in_the_file_never_changes_what_is_read_unnoticed()
    {
        var options = await WriteAsync();
        var before = Bodies(options, out _);
        var path = JournalStore.PathOf(options);
        var bytes = await File.ReadAllBytesAsync(path, Cancel);
        var noticed = 0;
        Gen.Select(Gen.Int[0, bytes.Length - 1], Gen.Int[0, 7]).Sample(
            (at, bit) =>
            {
                File.Delete(path + "-wal");
                File.Delete(path + "-shm");
                bytes[at] ^= (byte)(1 << bit);
                File.WriteAllBytes(path, bytes);
                bytes[at] ^= (byte)(1 << bit);
                try
                {
                    var after = Bodies(options, out var damaged);
                    Assert.All(after, entry => Assert.Contains(entry, before));
                    // Fewer without a word happens only at the very end, and the tail tells of that.
                    Assert.True(damaged.Count > 0 || after.SequenceEqual(before.Take(after.Count)), $"byte {at}, bit {bit}");
                    noticed += damaged.Count > 0 ? 1 : 0;
                }
                catch (Exception exception) when (exception is SqliteException or JournalException)
                {
                    noticed++;
                }
            },
            iter: 400, threads: 1);
        Assert.True(noticed > 0);
    }

    [Fact]
    [Trait("Hostile", "45")]
    public async Task Torn_log_costs_its_end_alone_and_what_was_acknowledged_of_it_is_told()
    {
        var options = JournalFixture.Options(folder) with { ReserveBytes = 0 };
        byte[] file, log;
        await using (var journal = JournalFixture.Open(options))
        {
            for (uint number = 1; number <= 40; number++)
                await journal.WriteAsync(JournalFixture.Batch(number, 50), Cancel);
            (file, log) = (Shared(JournalStore.PathOf(options)), Shared(JournalStore.PathOf(options) + "-wal"));
        }

        Assert.True(log.Length > 100_000);
        var whole = 0;
        for (var cut = 0; cut < 40; cut++)
        {
            var copy = options with { Directory = folder.Folder("torn", cut.ToString(null, null)) };
            var length = cut == 0 ? log.Length : (int)((long)log.Length * cut / 40) + (cut * 37 % 4096);
            await File.WriteAllBytesAsync(JournalStore.PathOf(copy), file, Cancel);
            await File.WriteAllBytesAsync(JournalStore.PathOf(copy) + "-wal", log[..Math.Min(length, log.Length)], Cancel);
            using (var tail = new JournalTail(copy.Directory))
                tail.Write(40);
            var heard = new HeardLog();
            long kept;
            await using (var journal = JournalFixture.Open(copy, heard))
            {
                kept = journal.LastEntry;
                await journal.WriteAsync(JournalFixture.Batch((uint)kept + 1, 50), Cancel);
            }

            Assert.Equal(Enumerable.Range(1, (int)kept + 1).Select(number => (uint)number), JournalFixture.SequenceNumbers(copy.Directory));
            Assert.Equal(kept < 40, heard.Has(EntriesLost));
            whole += kept == 40 ? 1 : 0;
        }

        Assert.InRange(whole, 1, 39);
    }

    [Fact]
    [Trait("Hostile", "47")]
    public async Task Old_copy_in_the_journals_place_is_noticed()
    {
        var options = await WriteAsync();
        var old = await File.ReadAllBytesAsync(JournalStore.PathOf(options), Cancel);
        await using (var journal = JournalFixture.Open(options))
            await journal.WriteAsync(JournalFixture.Batch(Notifications + 1), Cancel);
        await File.WriteAllBytesAsync(JournalStore.PathOf(options), old, Cancel);
        var heard = new HeardLog();
        await using (JournalFixture.Open(options, heard))
            Assert.Contains(heard.Lines, line => line.Id == EntriesLost && line.Text.Contains($"{Notifications + 1} to {Notifications + 1}", StringComparison.Ordinal));
        var again = new HeardLog();
        await using (JournalFixture.Open(options, again))
            Assert.False(again.Has(EntriesLost));
    }

    [Fact]
    [Trait("Hostile", "45")]
    public async Task Damaged_cursor_begins_anew()
    {
        var options = await WriteAsync();
        await using (var journal = JournalFixture.Open(options))
            await journal.WriteAsync(new CursorMove("influxdb", new SinkPosition(7, 2)), Cancel);
        using (var reader = new JournalReader(options.Directory))
            Assert.Equal(new SinkPosition(7, 2), reader.Cursor("influxdb", () => Assert.Fail("It is whole.")));
        Execute(options, "UPDATE cursor SET entry = 15");
        using var again = new JournalReader(options.Directory);
        var told = false;
        Assert.Equal(new SinkPosition(1, 0), again.Cursor("influxdb", () => told = true));
        Assert.True(told);
    }

    [Fact]
    [Trait("Hostile", "46")]
    public async Task Second_process_on_the_same_files_is_refused_until_the_first_has_ended()
    {
        var options = JournalFixture.Options(folder);
        Directory.CreateDirectory(options.Directory);
        using var process = KilledProcess.Start(options.Directory);
        await process.StandardInput.WriteLineAsync("1 0.5");
        await process.StandardInput.FlushAsync(Cancel);
        Assert.NotNull(await process.StandardOutput.ReadLineAsync(Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Cancel));
        var refusal = Assert.Throws<JournalException>(() => JournalFixture.Open(options));
        Assert.Contains("in use by another process", refusal.Message, StringComparison.Ordinal);
        process.Kill();
        await process.WaitForExitAsync(Cancel);
        await using var journal = JournalFixture.Open(options);
        Assert.True(journal.LastEntry > 0);
    }

    [Fact]
    [Trait("Hostile", "80")]
    public async Task Journal_of_the_first_version_is_migrated_with_a_copy_and_its_damage_stays_known()
    {
        var options = await WriteAsync();
        using (var connection = Connect(options))
        {
            for (long id = 1; id <= Notifications; id++)
            {
                var body = (byte[])Scalar(connection, "SELECT body FROM entry WHERE id = $1", id)!;
                var rawLength = Convert.ToInt32(Scalar(connection, "SELECT raw_length FROM entry WHERE id = $1", id), null);
                var sum = BlockCodec.ChecksumOfVersion1(id, JournalKind.Readings, 30, rawLength, body);
                Scalar(connection, "UPDATE entry SET checksum = $2 WHERE id = $1", id, id == 3 ? sum ^ 1 : (long)sum);
            }

            Scalar(connection, "ALTER TABLE cursor DROP COLUMN checksum");
            Scalar(connection, "INSERT INTO cursor VALUES ('mqtt', 5, 1)");
            Scalar(connection, "PRAGMA user_version = 1");
        }

        await using (JournalFixture.Open(options))
        {
            Assert.Equal(Notifications - 1, (uint)Bodies(options, out var damaged).Count);
            Assert.Equal([3L], damaged);
            using var reader = new JournalReader(options.Directory);
            Assert.Equal(new SinkPosition(5, 1), reader.Cursor("mqtt", () => Assert.Fail("It is whole.")));
        }

        Assert.True(File.Exists(Path.Combine(options.Directory, "journal.version-1.db")));
    }

    private async Task<JournalOptions> WriteAsync()
    {
        var options = JournalFixture.Options(folder);
        await using var journal = JournalFixture.Open(options);
        for (uint number = 1; number <= Notifications; number++)
            await journal.WriteAsync(JournalFixture.Batch(number, 30), Cancel);
        return options;
    }

    private static List<(long Id, JournalKind Kind, Moment At, int Count, string Body)> Bodies(JournalOptions options, out List<long> damaged)
    {
        var bad = new List<long>();
        using var reader = new JournalReader(options.Directory);
        var entries = reader.Read(long.MinValue, int.MaxValue, (entry, _) => bad.Add(entry));
        damaged = bad;
        return [.. entries.Select(entry => (entry.Id, entry.Kind, entry.At, entry.Count, Convert.ToBase64String(entry.Body)))];
    }

    private static byte[] Shared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    private static void Execute(JournalOptions options, string sql)
    {
        using var connection = Connect(options);
        Scalar(connection, sql);
    }

    private static SqliteConnection Connect(JournalOptions options)
    {
        var connection = new SqliteConnection($"Data Source={JournalStore.PathOf(options)};Pooling=False");
        connection.Open();
        return connection;
    }

    private static object? Scalar(SqliteConnection connection, string sql, params object[] values)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var index = 0; index < values.Length; index++)
            command.Parameters.AddWithValue($"${index + 1}", values[index]);
        return command.ExecuteScalar();
    }
}
