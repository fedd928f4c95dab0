using PatchEdge.Simulation.Machine;
using PatchEdge.Simulation.Plant;

namespace PatchEdge.Simulation;

/// <summary>One run on two lines, told as often as there are points at which a program can be killed: before and after each commit, message and step.</summary>
[Trait("Req", "hostile-67")]
[Collection(nameof(Telling))]
public sealed class KillTests
{
    /// <summary>Every so many points; PATCHEDGE_SIMULATION kills at all of them.</summary>
    private static readonly int Every = Environment.GetEnvironmentVariable("PATCHEDGE_SIMULATION") is null ? 17 : 1;

    private static readonly Plot Plot = new()
    {
        Seed = 2, Faults = false, Temper = WireTemper.Calm, Jobs = [("server", Layout.Update)], Rest = TimeSpan.FromMinutes(15),
    };

    [Theory]
    [InlineData("scheduler", 40)]
    [InlineData("agent", 40)]
    public async Task Killed_at_any_point_a_run_goes_on_or_ends_and_its_lines_are_free(string who, int least)
    {
        var points = (await Telling.OfAsync(Plot with { Kill = (who, 0) })).Points[who];
        Assert.True(points >= least, $"only {points} points");
        var done = 0;
        for (var point = 1; point <= points; point += Every)
        {
            var tale = await Telling.OfAsync(Plot with { Kill = (who, point) });
            Assert.True(tale.Broken is null, $"{who} killed at point {point} of {points}: {tale.Broken}\n{tale.Record}");
            Assert.True(tale.IsAtRest, $"{who} killed at point {point} of {points}: a run is left, or a line is held");
            done += tale.Done;
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{who}: {points} points, every {Every}; {done} runs done all the same.");
    }
}
