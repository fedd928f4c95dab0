using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using PatchEdge.Gateway.Delivery.Influx;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Journal.Blocks;
using PatchEdge.Gateway.Tests.Journal;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Tests.Delivery;

/// <summary>What each record becomes in InfluxDB.</summary>
public sealed class PointWriterTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    [Trait("Req", "HistoryRead repairs")]
    public void Value_from_history_is_marked_and_has_the_identity_that_an_observed_one_would_have()
    {
        using var block = new ReadingBlock();
        block.Start(new NotificationHead(0, 0, 0, JournalFixture.Zero, JournalFixture.Zero, 1));
        block.Add(1, new DataValue(1.5, StatusCodes.Good, JournalFixture.Zero, JournalFixture.Zero));
        var observed = Write(new JournalEntry(1, JournalKind.Readings, default, 1, block.Written.ToArray()));
        var backfilled = Write(new JournalEntry(2, JournalKind.Backfilled, default, 1, block.Written.ToArray()));
        Assert.DoesNotContain("backfilled", observed, StringComparison.Ordinal);
        Assert.Equal(observed, backfilled.Replace("backfilled=1i,", "", StringComparison.Ordinal));
        Assert.NotEqual(observed, backfilled);
    }

    [Fact]
    public void Gap_keeps_its_identity_when_it_opens_closes_and_is_repaired()
    {
        var open = new Gap { Id = "g", Tag = "t", Line = "L", Gateway = "gw", Server = "s", Cause = GapCause.ConnectionLost, Start = At };
        var closed = open with { End = At.AddSeconds(2), Run = "run-7" };
        string[] points = [.. new[] { open, closed, closed with { Repair = GapRepair.Backfilled } }.Select(gap => Write(Entry(JournalKind.Gaps, JsonSerializer.SerializeToUtf8Bytes([gap], JournalJson.Default.GapArray))))];
        Assert.Single(points.Select(point => point.Split(' ')[0]).Distinct());
        Assert.Single(points.Select(point => point.Split(' ')[^1]).Distinct());
        Assert.Contains("open=1i", points[0], StringComparison.Ordinal);
        Assert.Contains("duration_ms=2000i", points[1], StringComparison.Ordinal);
        Assert.Contains("run=\"run-7\"", points[1], StringComparison.Ordinal);
        Assert.Contains("repair=\"Backfilled\"", points[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Account_of_a_minute_has_every_field()
    {
        var row = new CoverageRecord("t", "L", "s", At, 50_000, 4000, 6000) { Samples = 9, Bad = 2, Overflow = 1, LatencyP50Ms = 4, LatencyMaxMs = 7.5 };
        var point = Write(Entry(JournalKind.Coverage, JsonSerializer.SerializeToUtf8Bytes([row], JournalJson.Default.CoverageRecordArray)));
        Assert.StartsWith("tag_continuity,site=S,line=L,tag=t,gateway=gw,server=s ", point, StringComparison.Ordinal);
        foreach (var field in new[] { "observed_ms=50000i", "backfilled_ms=4000i", "gap_ms=6000i", "samples=9i", "bad=2i", "overflow=1i", "latency_p50_ms=4", "latency_max_ms=7.5" })
            Assert.Contains(field, point, StringComparison.Ordinal);
    }

    [Fact]
    public void Head_of_the_ledger_is_kept_as_it_was_signed_and_that_of_another_site_is_no_point()
    {
        static string Token(string site) => "h." + Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(
            new LedgerHead { Site = site, Size = 12, Root = new string('a', 64), At = At }, MessageJson.Default.LedgerHead)) + ".s";
        var point = Write(Entry(JournalKind.LedgerHead, Encoding.ASCII.GetBytes(Token("S"))));
        Assert.Equal($"ledger_head,site=S,gateway=gw size=12i,root=\"{new string('a', 64)}\",head=\"{Token("S")}\" {At.ToUnixTimeMilliseconds()}000000", point);
        Assert.Empty(Write(Entry(JournalKind.LedgerHead, Encoding.ASCII.GetBytes(Token("other")))));
        Assert.Empty(Write(Entry(JournalKind.LedgerHead, "no token"u8.ToArray())));
    }

    private static JournalEntry Entry(JournalKind kind, byte[] body) => new(1, kind, default, 1, body);

    private static string Write(JournalEntry entry)
    {
        var lines = new LineBuffer();
        Assert.Equal(1, new PointWriter("S", "gw", _ => ("t", "L")).Write(entry, 0, lines, () => false));
        return Encoding.UTF8.GetString(lines.Slice(0, lines.Lines).Span).TrimEnd();
    }
}
