using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using PatchEdge.Gateway.Delivery.Mqtt;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Journal.Blocks;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Delivery.Influx;

/// <summary>Turns journal entries into points. The same entry gives the same identities each time, so that sending twice changes nothing. From any thread.</summary>
/// <param name="site">Site in the plant file.</param>
/// <param name="gateway">Gateway in the plant file.</param>
/// <param name="recorded">By source id of the journal: tag and line when its values are recorded, else null.</param>
internal sealed class PointWriter(string site, string gateway, Func<int, (string Tag, string Line)?> recorded)
{
    /// <summary>Every measurement that points are written into.</summary>
    public static readonly ImmutableArray<string> Measurements = ["tag_value", "gap", "line_state", "tag_continuity", "gateway_health", "release", "ledger_head"];

    private const int MostText = 16 * 1024;

    /// <summary>What a timestamp of 64 bits in nanoseconds can say, with a year to spare.</summary>
    private static readonly DateTime Earliest = new(1679, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly DateTime Latest = new(2261, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>By source id, of which there are as many as tags. Only ever replaced by a longer one with the same content, so that it is read without a lock.</summary>
    private volatile TagHead?[] heads = [];
    private readonly Lock headsGate = new();

    /// <summary>Writes the items of an entry from one index on, and stops when the buffer is full.</summary>
    /// <returns>The index of the first item not written; the entry's count when all are.</returns>
    public int Write(JournalEntry entry, int from, LineBuffer lines, Func<bool> full) => entry.Kind switch
    {
        JournalKind.Readings or JournalKind.Backfilled => WriteReadings(entry, from, lines, full),
        JournalKind.Gaps => Each(JsonSerializer.Deserialize(entry.Body, JournalJson.Default.GapArray), from, full, gap => Write(gap, lines)),
        JournalKind.Lines => Each(JsonSerializer.Deserialize(entry.Body, JournalJson.Default.LineReportArray), from, full, report => Write(report, lines)),
        JournalKind.Coverage => Each(JsonSerializer.Deserialize(entry.Body, JournalJson.Default.CoverageRecordArray), from, full, row => Write(row, lines)),
        JournalKind.Health => Each([JsonSerializer.Deserialize(entry.Body, JournalJson.Default.HealthRecord)!], from, full, health => Write(health, lines)),
        JournalKind.LedgerHead => WriteHead(entry, lines),
        JournalKind.Release => Each([JsonSerializer.Deserialize(entry.Body, JournalJson.Default.ReleaseRecord)!], from, full, release => Write(release, lines)),
        _ => entry.Count,
    };

    /// <summary>Adds the time of each point that the entry becomes, in nanoseconds since 1970.</summary>
    public void Times(JournalEntry entry, List<long> times)
    {
        switch (entry.Kind)
        {
            case JournalKind.Readings or JournalKind.Backfilled:
                var cursor = new ReadingBlockCursor(entry.Body);
                while (cursor.MoveNext())
                    if (recorded(cursor.Source) is not null)
                        times.Add(TimeOf(cursor.Value, cursor.Head.Received));
                break;
            case JournalKind.Gaps:
                times.AddRange(JsonSerializer.Deserialize(entry.Body, JournalJson.Default.GapArray)!.Select(gap => Nanoseconds(gap.Start)));
                break;
            case JournalKind.Lines:
                times.AddRange(JsonSerializer.Deserialize(entry.Body, JournalJson.Default.LineReportArray)!.Select(report => Nanoseconds(report.At)));
                break;
            case JournalKind.Coverage:
                times.AddRange(JsonSerializer.Deserialize(entry.Body, JournalJson.Default.CoverageRecordArray)!.Select(row => Nanoseconds(row.Start)));
                break;
            case JournalKind.Health:
                times.Add(Nanoseconds(JsonSerializer.Deserialize(entry.Body, JournalJson.Default.HealthRecord)!.At));
                break;
            case JournalKind.LedgerHead:
                if (LedgerHeads.Read(System.Text.Encoding.ASCII.GetString(entry.Body), site) is { } head)
                    times.Add(Nanoseconds(head.At));
                break;
            case JournalKind.Release:
                times.Add(Nanoseconds(JsonSerializer.Deserialize(entry.Body, JournalJson.Default.ReleaseRecord)!.At));
                break;
        }
    }

    /// <summary>A point that any healthy database takes: tells a refusal of data from a refusal of everything.</summary>
    public void WriteProbe(DateTimeOffset at, LineBuffer lines) =>
        lines.Point("gateway_health").Tag("site", site).Tag("gateway", gateway).Field("probe", 1L).End(Nanoseconds(at));

    private static int Each<T>(IReadOnlyList<T>? items, int from, Func<bool> full, Action<T> write)
    {
        var index = from;
        for (; index < (items?.Count ?? 0) && !full(); index++)
            write(items![index]);
        return index;
    }

    private static long Nanoseconds(DateTimeOffset time) => (time.UtcTicks - DateTime.UnixEpoch.Ticks) * 100;

    /// <summary>Signed as it is, so that it can be verified from here, too.</summary>
    private int WriteHead(JournalEntry entry, LineBuffer lines)
    {
        var token = System.Text.Encoding.ASCII.GetString(entry.Body);
        if (LedgerHeads.Read(token, site) is { } head)
            lines.Point("ledger_head").Tag("site", site).Tag("gateway", gateway)
                .Field("size", head.Size).Field("root", head.Root).Field("head", token).End(Nanoseconds(head.At));
        return entry.Count;
    }

    private int WriteReadings(JournalEntry entry, int from, LineBuffer lines, Func<bool> full)
    {
        var cursor = new ReadingBlockCursor(entry.Body);
        var index = 0;
        while (index < entry.Count && cursor.MoveNext())
        {
            if (index++ < from)
                continue;
            if (recorded(cursor.Source) is { } tag)
                Write(HeadOf(cursor.Source, tag.Tag, tag.Line, lines), cursor.Value, cursor.Head.Received, entry.Kind == JournalKind.Backfilled, lines);
            if (full())
                return index;
        }

        return entry.Count;
    }

    private static void Write(byte[] head, in DataValue value, DateTime received, bool backfilled, LineBuffer lines)
    {
        var isNumber = value.Value.TryGetNumber(out var number) && double.IsFinite(number);
        if (isNumber && !backfilled)
        {
            lines.Reading(head, number, value.Status.Value, TimeOf(value, received));
            return;
        }

        lines.Point(head);
        if (isNumber)
            lines.Field("value", number);
        else if (!value.Value.IsNull)
            lines.Field("text", value.Value.ToString() is { Length: > MostText } text ? text[..MostText] : value.Value.ToString());
        if (backfilled)
            lines.Field("backfilled", 1L);
        lines.Field("status", (long)value.Status.Value).End(TimeOf(value, received));
    }

    /// <summary>The source's time; the server's, then ours, where it is absent or nothing that a historian could store.</summary>
    private static long TimeOf(in DataValue value, DateTime received)
    {
        var time = Storable(value.SourceTimestamp) ? value.SourceTimestamp : Storable(value.ServerTimestamp) ? value.ServerTimestamp : received;
        return (time.Ticks - DateTime.UnixEpoch.Ticks) * 100;
    }

    /// <summary>How every point of a tag begins. A source's tag changes only with the configuration.</summary>
    private byte[] HeadOf(int source, string tag, string line, LineBuffer lines)
    {
        var known = heads;
        if (source < known.Length && known[source] is { } found && found.Tag == tag && found.Line == line)
            return found.Bytes;
        var head = lines.Point("tag_value").Tag("site", site).Tag("line", line).Tag("tag", tag).Head();
        lock (headsGate)
        {
            if (heads.Length <= source)
            {
                var longer = new TagHead?[Math.Max(heads.Length * 2, source + 1)];
                heads.CopyTo(longer, 0);
                heads = longer;
            }

            heads[source] = new TagHead(tag, line, head);
        }

        return head;
    }

    private sealed record TagHead(string Tag, string Line, byte[] Bytes);

    private static bool Storable(DateTime time) => time > Earliest && time < Latest;

    private void Write(Gap gap, LineBuffer lines)
    {
        lines.Point("gap").Tag("site", site).Tag("line", gap.Line).Tag("tag", gap.Tag).Tag("gateway", gap.Gateway).Tag("server", gap.Server)
            .Tag("cause", gap.Cause.ToString())
            .Field("start", gap.Start.ToUnixTimeMilliseconds()).Field("repair", gap.Repair.ToString()).Field("run", gap.Run ?? "").Field("detail", gap.Detail);
        // Zero while open: a field that is missing would keep its older value.
        var end = gap.End?.ToUnixTimeMilliseconds();
        lines.Field("end", end ?? 0).Field("duration_ms", end - gap.Start.ToUnixTimeMilliseconds() ?? 0).Field("open", gap.End is null ? 1L : 0L)
            .End(Nanoseconds(gap.Start));
    }

    private void Write(LineReport report, LineBuffer lines) =>
        lines.Point("line_state").Tag("site", site).Tag("line", report.Line).Tag("gateway", report.Gateway)
            .Field("state", report.State.ToString()).Field("batch", report.Batch ?? "").Field("reason", report.Reason)
            .Field("since", report.Since.ToUnixTimeMilliseconds()).End(Nanoseconds(report.At));

    private void Write(CoverageRecord row, LineBuffer lines)
    {
        lines.Point("tag_continuity").Tag("site", site).Tag("line", row.Line).Tag("tag", row.Tag).Tag("gateway", gateway).Tag("server", row.Server)
            .Field("observed_ms", row.ObservedMs).Field("backfilled_ms", row.BackfilledMs).Field("gap_ms", row.GapMs);
        if (row.Samples is { } samples)
            lines.Field("samples", samples).Field("bad", row.Bad ?? 0).Field("overflow", row.Overflow ?? 0);
        if (row.LatencyP50Ms is { } median)
            lines.Field("latency_p50_ms", median);
        if (row.LatencyMaxMs is { } longest)
            lines.Field("latency_max_ms", longest);
        lines.End(Nanoseconds(row.Start));
    }

    private void Write(ReleaseRecord release, LineBuffer lines) =>
        lines.Point("release").Tag("site", site).Tag("line", release.Line).Tag("gateway", gateway)
            .Field("run", release.Run).Field("token", release.Token).Field("state", release.State).Field("reason", release.Reason).End(Nanoseconds(release.At));

    private void Write(HealthRecord health, LineBuffer lines)
    {
        lines.Point("gateway_health").Tag("site", site).Tag("gateway", gateway)
            .Field("journal_backlog", health.JournalBacklog).Field("oldest_undelivered_ms", health.OldestUndeliveredMs)
            .Field("notifications", health.Notifications).Field("readings", health.Readings).Field("reconnects", health.Reconnects)
            .Field("same_source_time", health.SameSourceTime).Field("backfilled", health.Backfilled);
        if (health.JournalBytes is { } bytes)
            lines.Field("journal_bytes", bytes).Field("journal_maximum_bytes", health.JournalMaximumBytes ?? 0).Field("disk_free_bytes", health.DiskFreeBytes ?? 0)
                .Field("reserve_held", health.ReserveHeld ?? 0).Field("journal_writable", health.JournalWritable ?? 0)
                .Field("longest_commit_ms", health.LongestCommitMs ?? 0).Field("quarantined", health.Quarantined ?? 0);
        foreach (var (sink, state) in health.Sinks)
            lines.Field($"{sink}_backlog", state.Backlog).Field($"{sink}_oldest_ms", state.OldestMs).Field($"{sink}_delivered", state.Delivered)
                .Field($"{sink}_retries", state.Retries).Field($"{sink}_refused", state.Refused);
        foreach (var (server, offset) in health.ClockOffsetsMs)
            lines.Field(string.Create(CultureInfo.InvariantCulture, $"clock_offset_ms_{server}"), offset);
        lines.End(Nanoseconds(health.At));
    }
}
