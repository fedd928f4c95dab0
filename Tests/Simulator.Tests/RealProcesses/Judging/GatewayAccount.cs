using System.Text.Json;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Simulator.Tests.RealProcesses.Judging;

/// <summary>What the gateway has on record of its critical tags, as its own commands tell it.</summary>
/// <param name="Values">By tag, in the order of the journal.</param>
/// <param name="Parts">By tag, what was not observed.</param>
/// <param name="Asked">When the report was asked for, UTC: the values are read after it, and may be newer than what it knows.</param>
internal sealed record GatewayAccount(ILookup<string, JournaledValue> Values, ILookup<string, UncoveredPart> Parts, DateTime Asked)
{
    /// <summary>Evidence is on record within this time: a report knows nothing of what is newer.</summary>
    public static readonly TimeSpan EvidencePace = TimeSpan.FromMilliseconds(1_450);

    /// <summary>Likewise on a machine that has too much to do.</summary>
    private static readonly TimeSpan LatestEvidence = TimeSpan.FromSeconds(3);

    /// <summary>Asks for a span of time; the gateway may be running.</summary>
    public static async Task<GatewayAccount> ReadAsync(WatchedPlant plant, DateTimeOffset from, DateTimeOffset to)
    {
        // The report first: a gap that is repaired in between has its values by then.
        var parts = (await plant.AskGatewayAsync("continuity", "report", "--from", from.ToString("O"), "--to", to.ToString("O"))).SelectMany(PartsOf).ToList();
        return new GatewayAccount(await ValuesAsync(plant, from, to), parts.ToLookup(part => part.Tag), to.UtcDateTime);
    }

    /// <summary>Up to where it can be judged: evidence reaches back from the message that closes it, and what is newer than the newest value that came may be on its way.</summary>
    public DateTime ProvenUntil => Values.SelectMany(values => values).GroupBy(value => value.Tag[..value.Tag.IndexOf('/', StringComparison.Ordinal)])
        .Min(line => new[] { line.Max(value => value.Received).AddSeconds(-1), line.Where(value => !value.Backfilled && value.Tag.EndsWith("PulseCount", StringComparison.Ordinal)).Max(value => value.Time), Asked - LatestEvidence }.Min());

    /// <summary>Likewise the values alone; the first ones of a subscription are from before it.</summary>
    public static async Task<ILookup<string, JournaledValue>> ValuesAsync(WatchedPlant plant, DateTimeOffset from, DateTimeOffset to) =>
        (await plant.AskGatewayAsync("continuity", "values", "--from", from.AddHours(-1).ToString("O"), "--to", to.ToString("O"))).Select(Value).ToLookup(value => value.Tag);

    private static JournaledValue Value(string json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        return new JournaledValue(
            root.GetProperty("tag").GetString()!, root.GetProperty("time").GetDateTime(), root.GetProperty("received").GetDateTime(), root.GetProperty("backfilled").GetBoolean(),
            new StatusCode(root.GetProperty("status").GetUInt32()), root.GetProperty("value").ToString());
    }

    private static IEnumerable<UncoveredPart> PartsOf(string json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        var (observed, backfilled, gap) = (root.GetProperty("observed_ms").GetInt64(), root.GetProperty("backfilled_ms").GetInt64(), root.GetProperty("gap_ms").GetInt64());
        var span = root.GetProperty("end").GetDateTime() - root.GetProperty("start").GetDateTime();
        Assert.Equal((long)span.TotalMilliseconds, observed + backfilled + gap);
        return [.. root.GetProperty("uncovered").EnumerateArray().Select(part => new UncoveredPart(
            root.GetProperty("tag").GetString()!, part.GetProperty("start").GetDateTime(), part.GetProperty("end").GetDateTime(),
            Enum.Parse<GapCause>(part.GetProperty("cause").GetString()!), part.GetProperty("repaired").GetBoolean()))];
    }
}

/// <param name="Time">Its source time, UTC: with its tag, what it is known by.</param>
/// <param name="Received">When the gateway had it, UTC.</param>
/// <param name="Backfilled">From history, after a gap.</param>
/// <param name="Status">As it came.</param>
/// <param name="Text">Its content.</param>
internal sealed record JournaledValue(string Tag, DateTime Time, DateTime Received, bool Backfilled, StatusCode Status, string Text);

internal sealed record UncoveredPart(string Tag, DateTime Start, DateTime End, GapCause Cause, bool Repaired)
{
    public override string ToString() => $"{Cause}{(Repaired ? " (repaired)" : "")} {Start:HH:mm:ss.fff}–{End:HH:mm:ss.fff}";
}
