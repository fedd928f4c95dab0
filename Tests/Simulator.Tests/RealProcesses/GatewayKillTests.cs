using System.Globalization;
using PatchEdge.Simulator.Recording;
using PatchEdge.Simulator.Tests.RealProcesses.Judging;

namespace PatchEdge.Simulator.Tests.RealProcesses;

/// <summary>
/// The whole gateway is killed again and again, as it starts, connects, journals, delivers, and reads history: whatever its server produced is on
/// record or in a declared gap in the end. <c>PATCHEDGE_KILLS</c> kills as often as it says.
/// </summary>
[Collection(nameof(RealProcessesCollection))]
public sealed class GatewayKillTests
{
    private const string Server = "north";
    private const string Watching = "items monitored";

    /// <summary>History is asked two seconds after a gap's end; what has not come by then must lie in a declared gap.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(15);

    private static int Kills => int.TryParse(Environment.GetEnvironmentVariable("PATCHEDGE_KILLS"), CultureInfo.InvariantCulture, out var kills) ? kills : 30;

    private static int Seed => int.TryParse(Environment.GetEnvironmentVariable("PATCHEDGE_SEED"), CultureInfo.InvariantCulture, out var seed) ? seed : 1;

    [Fact]
    [Trait("Req", "A crash costs a duplicate, never a loss")]
    [Trait("Req", "Every moment is accounted for")]
    public async Task However_often_the_gateway_is_killed_every_value_is_on_record_once_or_in_a_declared_gap()
    {
        var random = new Random(Seed);
        await using var plant = await WatchedPlant.StartAsync(Server);
        plant.StartGateway();
        await plant.RunningGateway.LineAsync(Watching, WatchedPlant.Patience);
        // What was before the first one watched is nobody's loss.
        await Wait(1_000);
        var start = TimeProvider.System.GetUtcNow();
        for (var kill = 0; kill < Kills; kill++)
        {
            await LiveAsync(plant, kill, random);
            var down = plant.Begin(FaultKind.GatewayKilled, WatchedPlant.Gateway);
            await plant.KillGatewayAsync();
            plant.LinkTo(Server).Mend();
            plant.End(down);
            plant.StartGateway();
        }

        // The last one lives on: it looks up what those before it left to be looked up.
        await plant.RunningGateway.LineAsync(Watching, WatchedPlant.Patience);
        var (account, judgement) = await SettledAsync(plant, start, watched: TimeProvider.System.GetUtcNow().UtcDateTime);
        var twice = account.Values.Sum(values => values.Count() - values.DistinctBy(value => value.Time).Count());
        TestContext.Current.TestOutputHelper?.WriteLine($"{Kills} kills: {judgement}; {twice} values came twice");
        var differences = await HistorianJudge.CompareAsync(plant, account, start);
        List<string> defects = [.. judgement.Defects, .. differences];
        Assert.True(defects.Count == 0, $"seed {Seed}: {judgement}\n  {string.Join("\n  ", defects.Take(30))}\n{plant.Output}");
        Assert.Equal((judgement.Due, judgement.Reported), (judgement.Found, judgement.Right));
        Assert.InRange(judgement.Backfilled, 1, int.MaxValue);
    }

    /// <summary>Returns at the moment of a kill: as the process starts, at any moment of its work, or while it waits for an answer from the server's history.</summary>
    private static async Task LiveAsync(WatchedPlant plant, int kill, Random random)
    {
        if (kill % 5 == 4)
        {
            await Wait(random.Next(50, 700));
            return;
        }

        await plant.RunningGateway.LineAsync(Watching, WatchedPlant.Patience);
        if (kill % 5 != 3)
        {
            await Wait(random.Next(0, 500));
            return;
        }

        // What was left to be looked up is asked for now, and nobody answers.
        plant.Silence(Server);
        await Wait(random.Next(150, 400));
        plant.EndSilence();
    }

    /// <summary>Waits until what the last gaps left to be looked up is looked up, and judges.</summary>
    private static async Task<(GatewayAccount Account, RealJudgement Judgement)> SettledAsync(WatchedPlant plant, DateTimeOffset start, DateTime watched)
    {
        var deadline = TimeProvider.System.GetUtcNow() + Settling;
        while (true)
        {
            await Wait(1_500);
            var account = await GatewayAccount.ReadAsync(plant, start, TimeProvider.System.GetUtcNow());
            var end = account.ProvenUntil;
            if (end < watched && TimeProvider.System.GetUtcNow() <= deadline)
                continue;
            var judgement = RealJudgement.Of(PlantRecord.Read(plant.Record), account, [Server], start.UtcDateTime, end);
            // Nothing was lost at the server, so history has all of it.
            if (judgement.Lost == 0 || judgement.Defects.Count > 0 || TimeProvider.System.GetUtcNow() > deadline)
                return (account, judgement);
        }
    }

    private static Task Wait(int milliseconds) => Task.Delay(TimeSpan.FromMilliseconds(milliseconds), TimeProvider.System);
}
