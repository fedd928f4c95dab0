using PatchEdge.Plant.Files;
using PatchEdge.Plant.Model;
using PatchEdge.Simulator.Truth;

namespace PatchEdge.Simulator.Tests.Truth;

public sealed class PromisesTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);
    private static readonly PlantModel Plant =
        PlantFile.Read(Path.Combine(AppContext.BaseDirectory, "config", "plant.yaml"));

    [Fact]
    public void Step_on_an_idle_line_breaks_nothing() =>
        Assert.Empty(Promises.Breaches([Active(0), Idle(10), Step(11), End(15), Active(20)], Plant));

    [Fact]
    public void Step_started_on_an_active_line_is_a_breach() =>
        Assert.Contains("started on filling-hmi while line Filling was active", Assert.Single(Promises.Breaches([Active(0), Step(5), End(8), Idle(10)], Plant)), StringComparison.Ordinal);

    [Fact]
    public void Line_that_starts_during_a_step_is_a_breach() =>
        Assert.Contains("became active while step install", Assert.Single(Promises.Breaches([Idle(0), Step(5), Active(6), End(8)], Plant)), StringComparison.Ordinal);

    [Fact]
    public void Step_that_runs_twice_is_a_breach() =>
        Assert.Contains("a second time", Assert.Single(Promises.Breaches([Idle(0), Step(5), End(6), Step(7), End(8)], Plant)), StringComparison.Ordinal);

    [Fact]
    public void Line_that_the_host_does_not_serve_is_none_of_its_business() =>
        Assert.Empty(Promises.Breaches([Active(0, "Packaging"), Step(5), End(8)], Plant));

    private static TruthRecord Active(int second, string line = "Filling") => new(Start.AddSeconds(second), TruthKind.LineActive, line, "B-1");

    private static TruthRecord Idle(int second) => new(Start.AddSeconds(second), TruthKind.LineIdle, "Filling", "");

    private static TruthRecord Step(int second) => new(Start.AddSeconds(second), TruthKind.StepStarted, "filling-hmi", "install", "run-1");

    private static TruthRecord End(int second) => new(Start.AddSeconds(second), TruthKind.StepEnded, "filling-hmi", "install", "run-1");
}
