using System.Globalization;
using PatchEdge.Plant.Continuity;
using PatchEdge.Simulator.Recording;
using PatchEdge.Simulator.Tests.RealProcesses.Judging;

namespace PatchEdge.Simulator.Tests.RealProcesses;

/// <summary>
/// The gateway's record and the database are compared with what the simulator produced, value by value, while processes are killed, the network
/// fails and sensors lie. <c>PATCHEDGE_SEED</c> plays one scenario, <c>PATCHEDGE_SCENARIOS</c> as many as it says.
/// </summary>
[Collection(nameof(RealProcessesCollection))]
public sealed class RecordIsTrueTests
{
    private static readonly string[] Servers = ["north", "south"];

    public static TheoryData<int> Seeds => Environment.GetEnvironmentVariable("PATCHEDGE_SEED") is { Length: > 0 } seed
        ? [int.Parse(seed, CultureInfo.InvariantCulture)]
        : [.. Enumerable.Range(1, int.Parse(Environment.GetEnvironmentVariable("PATCHEDGE_SCENARIOS") is { Length: > 0 } count ? count : "1", CultureInfo.InvariantCulture))];

    [Theory]
    [MemberData(nameof(Seeds))]
    [Trait("Req", "Every moment is accounted for")]
    public async Task Every_value_is_on_record_or_in_a_gap_and_every_gap_has_its_fault(int seed)
    {
        var scenario = RealScenario.Draw(seed, Servers);
        await using var plant = await WatchedPlant.StartAsync(Servers);
        var start = TimeProvider.System.GetUtcNow();
        plant.StartGateway();
        foreach (var server in Servers)
            await plant.RunningGateway.LineAsync($"{server}: [0-9]+ items monitored", WatchedPlant.Patience);
        await scenario.PlayAsync(plant);

        var now = TimeProvider.System.GetUtcNow();
        var account = await GatewayAccount.ReadAsync(plant, start, now);
        var end = account.ProvenUntil;
        var judgement = RealJudgement.Of(PlantRecord.Read(plant.Record), account, Servers, start.UtcDateTime, end);
        TestContext.Current.TestOutputHelper?.WriteLine($"{scenario}\n{judgement}");
        var differences = await HistorianJudge.CompareAsync(plant, account, start);
        List<string> defects = [.. judgement.Defects, .. differences];
        Assert.True(defects.Count == 0, $"{scenario}\n{judgement}\n  {string.Join("\n  ", defects.Take(30))}\n{plant.Output}");
        Assert.Equal((judgement.Due, judgement.Reported), (judgement.Found, judgement.Right));
        Assert.InRange(judgement.Due, Servers.Length * 3, int.MaxValue);
        JudgeIsAwake(plant, account, start.UtcDateTime, end);
    }

    /// <summary>A record that is changed ever so little must be objected to: else nothing was proven.</summary>
    private static void JudgeIsAwake(WatchedPlant plant, GatewayAccount account, DateTime start, DateTime end)
    {
        var record = PlantRecord.Read(plant.Record);
        int Objections(GatewayAccount changed) => RealJudgement.Of(record, changed, Servers, start, end).Defects.Count;
        var (values, parts) = (account.Values.SelectMany(one => one).ToList(), account.Parts.SelectMany(one => one).ToList());
        GatewayAccount Without(Func<JournaledValue, bool> value) => account with { Values = values.Where(one => !value(one)).ToLookup(one => one.Tag) };
        GatewayAccount With(Func<UncoveredPart, UncoveredPart?> change) => account with { Parts = parts.Select(change).OfType<UncoveredPart>().ToLookup(one => one.Tag) };

        // A value that came while nothing was missing.
        var plain = values.First(value => value.Tag.EndsWith("PulseCount", StringComparison.Ordinal) && value.Time > start && value.Time < end
            && !account.Parts[value.Tag].Any(part => value.Time >= part.Start.AddSeconds(-1) && value.Time <= part.End.AddSeconds(1)));
        Assert.NotEqual(0, Objections(Without(value => value.Tag == plain.Tag && value.Time == plain.Time)));
        Assert.NotEqual(0, Objections(account with { Values = values.Append(plain with { Time = plain.Time.AddMilliseconds(7) }).ToLookup(one => one.Tag) }));
        Assert.NotEqual(0, Objections(account with { Values = values.Select(one => one.Time == plain.Time && one.Tag == plain.Tag ? one with { Text = "7" } : one).ToLookup(one => one.Tag) }));
        var longest = parts.Where(part => part.Cause == GapCause.GatewayDown && part.End < end).MaxBy(part => part.End - part.Start)!;
        Assert.NotEqual(0, Objections(With(part => part == longest ? null : part)));
        Assert.NotEqual(0, Objections(With(part => part == longest ? part with { Cause = GapCause.BadQuality } : part)));
        Assert.NotEqual(0, Objections(With(part => part == longest ? part with { End = part.End.AddSeconds(1) } : part)));
        Assert.NotEqual(0, Objections(With(part => part == longest ? part with { Start = part.Start.AddSeconds(3) } : part)));
    }
}

/// <summary>One plant of real processes at a time.</summary>
[CollectionDefinition(nameof(RealProcessesCollection))]
public sealed class RealProcessesCollection;
