using PatchEdge.Simulation.Machine;
using PatchEdge.Simulation.Plant;

namespace PatchEdge.Simulation;

/// <summary>One run on two lines, told as often as there are points at which a program can be killed, before and after each commit, message and step; or its disk be full from.</summary>
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
    public Task Killed_at_any_point_a_run_goes_on_or_ends_and_its_lines_are_free(string who, int least) => SweepAsync(who, least, 1);

    /// <summary>At each commit of the scheduler's very first start, which makes its database, and of its first second; then at every so many.</summary>
    [Fact]
    public Task Disk_full_from_any_point_on_a_run_goes_on_or_ends_and_its_lines_are_free() => SweepAsync("disk", 20, 8);

    private static async Task SweepAsync(string who, int least, int each)
    {
        var points = (await Telling.OfAsync(Plot with { Kill = (who, 0) })).Points[who];
        Assert.True(points >= least, $"only {points} points");
        var done = 0;
        for (var point = 1; point <= points; point += point < each ? 1 : Every)
        {
            var tale = await Telling.OfAsync(Plot with { Kill = (who, point) });
            Assert.True(tale.Broken is null, $"{who} at point {point} of {points}: {tale.Broken}\n{tale.Record}");
            Assert.True(tale.IsAtRest, $"{who} at point {point} of {points}: a run is left, or a line is held");
            done += tale.Done;
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{who}: {points} points, every {Every}; {done} runs done all the same.");
    }
}
