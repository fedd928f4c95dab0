using System.Globalization;
using System.Text.RegularExpressions;

namespace PatchEdge.EndToEnd.Release;

/// <summary>
/// What everything is for: every host of a plant with redundant servers and two gateways is patched in one go, the gateways' own included, while
/// programs and the broker are killed and frozen and the servers' network is cut. What critical tags had is compared value by value.
/// </summary>
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
                "plant", "Simulator", "patchedge-simulator",
                ["--until-done", "--faults", "--for", $"{Patience.TotalSeconds:0}s",
                "--seed", seed.ToString(CultureInfo.InvariantCulture), "--data", folder.File("plant"), "--ports", ports.ToString(CultureInfo.InvariantCulture),
                // With a broker of its own, its restart is a fault by itself; the scheduler's would die with the scheduler alone.
                .. Installed.Find("mosquitto") is null ? Array.Empty<string>() : ["--mosquitto"]]);
            var exit = await plant.ExitAsync(Patience + TimeSpan.FromMinutes(3));
            if (exit == 2 && attempt < 3)
                continue;
            Assert.True(exit == 0, $"seed {seed}: exit code {exit}{Environment.NewLine}{plant.Output}");
            Assert.Contains("every promise was kept", plant.Output, StringComparison.Ordinal);
            var values = Regex.Match(plant.Output, "values: of ([0-9]+) that critical tags had ([0-9]+) reached a gateway's journal");
            Assert.Equal(values.Groups[2].Value, values.Groups[1].Value);
            Assert.InRange(int.Parse(values.Groups[1].Value, CultureInfo.InvariantCulture), 500, int.MaxValue);
            Assert.Matches("[1-9][0-9]* faults", plant.Output);
            // Eight hosts, three steps each: nothing was skipped. More, where a run was given up and its operator asked for another.
            Assert.InRange(int.Parse(Regex.Match(plant.Output, "([0-9]+) patch steps on 8 hosts").Groups[1].Value, CultureInfo.InvariantCulture), 24, int.MaxValue);
            foreach (var line in plant.Output.Split(Environment.NewLine).Where(line => Regex.IsMatch(line, "simulator +\\| (values|continuity):|faults$|faults +\\| ")))
                TestContext.Current.TestOutputHelper?.WriteLine(line);
            return;
        }
    }
}
