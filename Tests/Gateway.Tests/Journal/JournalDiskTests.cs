using System.Diagnostics;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Journal;

namespace PatchEdge.Gateway.Tests.Journal;

/// <summary>A disk that is full, one that fails, and what must get through all the same.</summary>
public sealed class JournalDiskTests : IDisposable
{
    private const int ReserveGiven = 304;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    [Trait("Hostile", "43")]
    [Trait("Req", "JournalFull")]
    public async Task Full_disk_gives_its_reserve_to_gaps_and_attestations_and_readings_wait_until_there_is_room()
    {
        using var disk = new FaultyDisk(folder.File("data")) { Capacity = 3 * 1024 * 1024 };
        await FillAndMendAsync(JournalFixture.Options(folder) with { ReserveBytes = 512 * 1024, FreeBytes = _ => disk.Free }, () => disk.Capacity = long.MaxValue);
    }

    /// <summary>The same on a real file system of a few MiB. Where this process may not mount one, the other test alone stands for it.</summary>
    [Fact]
    [Trait("Hostile", "43")]
    public async Task Full_file_system_does_the_same()
    {
        var place = folder.Folder("small");
        if (!OperatingSystem.IsLinux() || await RunAsync("mount", "-t", "tmpfs", "-o", "size=4m", "patchedge-test", place) != 0)
        {
            TestContext.Current.SendDiagnosticMessage("A file system may not be mounted here.");
            return;
        }

        try
        {
            var filler = Path.Combine(place, "filler");
            await File.WriteAllBytesAsync(filler, new byte[1024 * 1024], Cancel);
            var options = JournalFixture.Options(folder) with { Directory = Path.Combine(place, "data"), ReserveBytes = 512 * 1024 };
            await FillAndMendAsync(options, () => File.Delete(filler));
        }
        finally
        {
            Assert.Equal(0, await RunAsync("umount", "-l", place));
        }
    }

    [Fact]
    [Trait("Hostile", "43")]
    public async Task Journal_that_starts_on_a_full_disk_takes_no_readings_and_says_why()
    {
        using var disk = new FaultyDisk(folder.File("data")) { Capacity = 600 * 1024 };
        var options = JournalFixture.Options(folder) with { ReserveBytes = 1024 * 1024, FreeBytes = _ => disk.Free };
        await using var journal = JournalFixture.Open(options, "influxdb");
        var readings = JournalFixture.Batch(1);
        Assert.True(journal.TryWrite(readings));
        await Eventually.TrueAsync("trouble is told", () => Task.FromResult(!journal.Writable), Patience);
        Assert.Contains("reserve of 1 MiB", journal.Trouble, StringComparison.Ordinal);
        await WriteAsync(journal, GapBatch("g"));
        Assert.False(readings.Durable.IsCompleted);
        disk.Capacity = long.MaxValue;
        await readings.Durable.WaitAsync(Patience, TimeProvider.System, Cancel);
        await Eventually.TrueAsync("trouble is over", () => Task.FromResult(journal.Writable), Patience);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Hostile", "44")]
    public async Task Failed_sync_or_write_is_never_retried_on_the_same_file_and_nothing_is_acknowledged_for_it(bool sync)
    {
        using var disk = new FaultyDisk(folder.File("data"));
        var options = JournalFixture.Options(folder);
        var acknowledged = new List<uint>();
        await using (var journal = JournalFixture.Open(options))
        {
            for (uint number = 1; number <= 5; number++)
                await journal.WriteAsync(JournalFixture.Batch(number, acknowledge: (sequence, _) => acknowledged.Add(sequence)), Cancel);
            (disk.FailSyncs, disk.FailWrites) = (sync, !sync);
            var batch = JournalFixture.Batch(6, acknowledge: (sequence, _) => acknowledged.Add(sequence));
            Assert.True(journal.TryWrite(batch));
            await Eventually.TrueAsync("trouble is told", () => Task.FromResult(!journal.Writable), Patience);
            // It is opened again, and fails again, at least once.
            await Eventually.TrueAsync("the file is tried again", () => Task.FromResult(!sync || disk.SyncsFailed >= 2), Patience);
            Assert.Equal([1u, 2, 3, 4, 5], acknowledged);
            (disk.FailSyncs, disk.FailWrites) = (false, false);
            await batch.Durable.WaitAsync(Patience, TimeProvider.System, Cancel);
            Assert.Equal([1u, 2, 3, 4, 5, 6], acknowledged);
        }

        Assert.Equal(0, disk.SyncsAfterFailure);
        Assert.Equal(acknowledged, JournalFixture.SequenceNumbers(options.Directory));
    }

    private static async Task FillAndMendAsync(JournalOptions options, Action mend)
    {
        var reserve = Path.Combine(options.Directory, "journal.reserve");
        var acknowledged = new List<uint>();
        var log = new HeardLog();
        await using var journal = JournalFixture.Open(options, log, "influxdb");
        Assert.Equal(options.ReserveBytes, new FileInfo(reserve).Length);
        var number = await FillAsync(journal, acknowledged);
        Assert.DoesNotContain(number, acknowledged);
        Assert.True(log.Has(ReserveGiven));
        Assert.False(File.Exists(reserve));
        var chain = new AttestationChain("Site", "gw", 0, "", new Moment(0));
        var urgent = Enumerable.Range(1, 10).Select(index => GapBatch($"g{index}")).ToList();
        foreach (var (index, batch) in urgent.Index())
            batch.Attestation = chain.Attest(new Moment(index + 1), new AttestedFacts("b", "h", 1, 0, 0, 0, null));
        await Task.WhenAll(urgent.Select(batch => WriteAsync(journal, batch)));
        Assert.False(journal.Writable);
        Assert.DoesNotContain(number, acknowledged);
        mend();
        await Eventually.TrueAsync("the held readings are durable", () => Task.FromResult(journal.Writable && acknowledged.Contains(number)), Patience, () => journal.Trouble ?? "");
        Assert.Equal(options.ReserveBytes, new FileInfo(reserve).Length);
        Assert.True(journal.Health.ReserveHeld);
        await journal.WriteAsync(JournalFixture.Batch(++number, 3, (sequence, _) => acknowledged.Add(sequence)), Cancel);
        Assert.Equal(Enumerable.Range(1, (int)number).Select(each => (uint)each), acknowledged);
        Assert.Equal(acknowledged, JournalFixture.SequenceNumbers(options.Directory));
        using var reader = new JournalReader(options.Directory);
        Assert.All(urgent, batch => Assert.Single(reader.Gaps("id = $1", batch.Gaps[0].Id)));
        var attested = reader.Attestations(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue);
        Assert.Equal(10, attested.Attestations.Length);
        Assert.Empty(attested.Faults);
    }

    /// <summary>Writes readings until they are held for good: room that compacting the file makes is filled as well.</summary>
    private static async Task<uint> FillAsync(JournalWriter journal, List<uint> acknowledged)
    {
        var random = new Random(1);
        for (uint number = 1; number < 200; number++)
        {
            var batch = JournalFixture.Noise(number, random, (sequence, _) => acknowledged.Add(sequence));
            Assert.True(await journal.WaitToWriteAsync(Cancel) && journal.TryWrite(batch));
            await Eventually.TrueAsync("written or held", () => Task.FromResult(!journal.Writable || batch.Durable.IsCompleted), Patience);
            // Two urgent works: between them the held one was tried anew.
            for (var turn = 0; turn < 2 && !batch.Durable.IsCompleted; turn++)
                await WriteAsync(journal, GapBatch($"turn {turn} of {number}"));
            if (!batch.Durable.IsCompleted)
                return number;
        }

        throw new InvalidOperationException("The disk never became full.");
    }

    private static JournalBatch GapBatch(string id)
    {
        var batch = new JournalBatch { At = new Moment(1) };
        batch.Gaps.Add(JournalFixture.Gap(id));
        return batch;
    }

    private static Task WriteAsync(JournalWriter journal, JournalWork work) => journal.WriteAsync(work, Cancel).WaitAsync(Patience, TimeProvider.System, Cancel);

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            await process.WaitForExitAsync(Cancel);
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }
}
