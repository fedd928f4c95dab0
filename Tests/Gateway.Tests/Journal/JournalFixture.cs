using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Journal.Blocks;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Tests.Journal;

/// <summary>Journals in a temporary folder, and batches to write into them.</summary>
internal static class JournalFixture
{
    public static readonly DateTime Zero = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    public static JournalOptions Options(TemporaryFolder folder, long maximumBytes = 64L * 1024 * 1024) =>
        new() { Directory = folder.File("data"), MaximumBytes = maximumBytes, Linger = TimeSpan.Zero, ReserveBytes = 64 * 1024 };

    public static JournalWriter Open(JournalOptions options, params string[] sinks) =>
        Open(options, NullLogger.Instance, sinks);

    public static JournalWriter Open(JournalOptions options, ILogger log, params string[] sinks) =>
        JournalWriter.Open(options, "Site", "gw", sinks, TimeProvider.System, log);

    /// <summary>One notification with readings of one source, each a double that equals the sequence number.</summary>
    public static JournalBatch Batch(uint sequenceNumber, int readings = 3, Action<uint, int>? acknowledge = null) => Batch(sequenceNumber, readings, sequenceNumber, acknowledge);

    /// <summary>As the other, each reading with the given value.</summary>
    public static JournalBatch Batch(uint sequenceNumber, int readings, double value, Action<uint, int>? acknowledge)
    {
        var batch = new JournalBatch { At = new Moment(sequenceNumber) };
        batch.Readings.Start(new NotificationHead(0, 7, sequenceNumber, Zero.AddSeconds(sequenceNumber), Zero, readings));
        for (var index = 0; index < readings; index++)
            batch.Readings.Add(1, new DataValue(new Variant(value), StatusCodes.Good, Zero.AddMilliseconds(index), Zero.AddMilliseconds(index)));
        if (acknowledge is not null)
            batch.AcknowledgeWhenDurable(acknowledge, sequenceNumber, 1);
        return batch;
    }

    /// <summary>One notification whose one reading does not compress.</summary>
    public static JournalBatch Noise(uint sequenceNumber, Random random, Action<uint, int>? acknowledge = null, int bytes = 40_000)
    {
        var batch = Batch(sequenceNumber, 0, acknowledge);
        batch.Readings.Start(new NotificationHead(0, 7, sequenceNumber, Zero, Zero, 1));
        var noise = new byte[bytes];
        random.NextBytes(noise);
        batch.Readings.Add(1, new DataValue(new Variant(noise)));
        return batch;
    }

    public static Gap Gap(string id) =>
        new() { Id = id, Tag = "t", Line = "l", Gateway = "gw", Server = "s", Cause = GapCause.JournalFull, Start = DateTimeOffset.UnixEpoch };

    /// <summary>Sequence numbers of all notifications in the journal, in order; a damaged entry fails the test.</summary>
    public static List<uint> SequenceNumbers(string directory)
    {
        using var reader = new JournalReader(directory);
        var numbers = new List<uint>();
        var from = 1L;
        while (reader.Read(from, 1024 * 1024, (entry, reason) => Assert.Fail($"entry {entry}: {reason}")) is { Count: > 0 } entries)
        {
            foreach (var entry in entries.Where(entry => entry.Kind == JournalKind.Readings))
            {
                var cursor = new ReadingBlockCursor(entry.Body);
                uint last = 0;
                while (cursor.MoveNext())
                    if (cursor.Head.SequenceNumber != last)
                        numbers.Add(last = cursor.Head.SequenceNumber);
            }

            from = entries[^1].Id + 1;
        }

        return numbers;
    }
}
