using System.Globalization;

namespace PatchEdge.EndToEnd.Release;

/// <summary>What everything is for: every host of a plant with redundant servers and two gateways is patched in one go, the gateways' own included, while programs are killed and frozen.</summary>
public sealed class WholePlantTests
{
    /// <summary>Longer where the machine has more to do; the plant stops as soon as the last job is done.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(
        int.TryParse(Environment.GetEnvironmentVariable("PATCHEDGE_WHOLE_PLANT_SECONDS"), CultureInfo.InvariantCulture, out var seconds) ? seconds : 300);

    /// <summary>Further seeds by PATCHEDGE_WHOLE_PLANT_SEEDS, separated by commas: each takes about two minutes.</summary>
    public static TheoryData<int> Seeds =>
        [.. (Environment.GetEnvironmentVariable("PATCHEDGE_WHOLE_PLANT_SEEDS") ?? "3").Split(',').Select(seed => int.Parse(seed, CultureInfo.InvariantCulture))];

    [Theory]
    [MemberData(nameof(Seeds))]
    [Trait("Req", "I1")]
    [Trait("Req", "I11")]
    [Trait("Req", "P3")]
    public async Task Every_host_is_patched_under_faults_with_no_step_on_a_working_line_and_no_uncovered_moment(int seed)
    {
        using var folder = new TemporaryFolder();
        for (var attempt = 1; ; attempt++)
        {
            // It uses some of the hundred ports from a base on; one that somebody else took since is tried again.
            var ports = Math.Min(FreePorts.One(), 65_000);
            await using var plant = RunningProgram.StartOwn(
                "plant", "Simulator", "patchedge-simulator", "--until-done", "--faults", "--for", $"{Patience.TotalSeconds:0}s",
                "--seed", seed.ToString(CultureInfo.InvariantCulture), "--data", folder.File("plant"), "--ports", ports.ToString(CultureInfo.InvariantCulture));
            var exit = await plant.ExitAsync(Patience + TimeSpan.FromMinutes(3));
            if (exit == 2 && attempt < 3)
                continue;
            Assert.True(exit == 0, $"seed {seed}: exit code {exit}{Environment.NewLine}{plant.Output}");
            Assert.Contains("every promise was kept", plant.Output, StringComparison.Ordinal);
            Assert.Matches("[1-9][0-9]* faults", plant.Output);
            // Eight hosts, three steps each: nothing was skipped.
            Assert.Contains("24 patch steps on 8 hosts", plant.Output, StringComparison.Ordinal);
            return;
        }
    }
}
