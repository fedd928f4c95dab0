using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Journal.Blocks;

namespace PatchEdge.Gateway.Tests.Journal;

public sealed class JournalKillTests : IDisposable
{
    /// <summary>The kills are done on so many journals at once.</summary>
    private const int Lanes = 2;

    private readonly TemporaryFolder folder = new();

    /// <summary>More, or fewer, with the environment variable.</summary>
    private static int Kills => int.TryParse(Environment.GetEnvironmentVariable("PATCHEDGE_KILLS"), out var kills) ? kills : 200;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    [Trait("Req", "A crash costs a duplicate, never a loss")]
    public async Task What_was_acknowledged_is_in_the_journal_in_order_and_nothing_else_however_often_the_process_is_killed()
    {
        var lanes = await Task.WhenAll(Enumerable.Range(0, Lanes).Select(lane => KillAsync(folder.Folder($"data{lane}"), (Kills + Lanes - 1 - lane) / Lanes, lane + 1)));
        TestContext.Current.SendDiagnosticMessage(string.Join("; ", lanes));
        Assert.All(lanes, lane => Assert.True(lane.Acknowledged > 0));
    }

    private static async Task<(int Kills, uint Acknowledged, int Twice)> KillAsync(string directory, int kills, int seed)
    {
        var journal = new JournaledRun(directory);
        uint acknowledged = 0;
        var twice = 0;
        for (var kill = 0; kill < kills; kill++)
        {
            using var life = await KilledProcess.LiveAndDieAsync(directory, acknowledged + 1, (seed * 10_000) + kill, Cancel);
            // It writes what it was given, from the first on, in order: so whatever it wrote is one unbroken run.
            var written = journal.ReadOn();
            Assert.Equal(Enumerable.Range((int)life.First, written.Count).Select(number => (uint)number), written.Select(each => each.Number));
            Assert.All(written, each => Assert.Equal(KilledProcess.SeedOf(each.Number), each.Value));
            var last = life.First + (uint)written.Count - 1;
            Assert.True(last >= life.Acknowledged, $"kill {kill}: acknowledged up to {life.Acknowledged}, journaled up to {last}");
            Assert.True(last <= life.Sent, $"kill {kill}: journaled up to {last}, sent up to {life.Sent}");
            twice += (int)(last - life.Acknowledged);
            acknowledged = life.Acknowledged;
        }

        // And all of it is still there, readable, from the beginning.
        var all = new JournaledRun(directory).ReadOn();
        Assert.Equal(journal.Count, all.Count);
        Assert.Equal(Enumerable.Range(1, (int)acknowledged).Select(number => (uint)number), all.Select(each => each.Number).Distinct().Where(number => number <= acknowledged).Order());
        return (kills, acknowledged, twice);
    }

    /// <summary>Reads a journal's notifications, each time those that were added.</summary>
    private sealed class JournaledRun(string directory)
    {
        private long next = 1;

        public int Count { get; private set; }

        public List<(uint Number, double Value)> ReadOn()
        {
            var read = new List<(uint, double)>();
            if (!File.Exists(Path.Combine(directory, "journal.db")))
                return read;
            using var reader = OpenWhenWhole();
            while (reader?.Read(next, 1024 * 1024, (entry, reason) => Assert.Fail($"entry {entry}: {reason}")) is { Count: > 0 } entries)
            {
                foreach (var entry in entries)
                {
                    Assert.Equal(JournalKind.Readings, entry.Kind);
                    Assert.Equal(JournalWitness.Readings, entry.Count);
                    var cursor = new ReadingBlockCursor(entry.Body);
                    for (var index = 0; cursor.MoveNext(); index++)
                    {
                        Assert.True(cursor.Value.Value.TryGetNumber(out var value));
                        if (index == 0)
                            read.Add((cursor.Head.SequenceNumber, value));
                        Assert.Equal((read[^1].Item1, read[^1].Item2), (cursor.Head.SequenceNumber, value));
                    }
                }

                next = entries[^1].Id + 1;
            }

            Count += read.Count;
            return read;
        }

        /// <summary>A process that died before its first commit leaves a file without tables.</summary>
        private JournalReader? OpenWhenWhole()
        {
            var reader = new JournalReader(directory);
            if (reader.Scalar("SELECT count(*) FROM sqlite_master WHERE name = 'entry'") == 1)
                return reader;
            reader.Dispose();
            return null;
        }
    }
}
