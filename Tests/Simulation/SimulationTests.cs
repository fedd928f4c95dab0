using PatchEdge.Simulation.Plant;

namespace PatchEdge.Simulation;

/// <summary>The product's own scheduler, gateway and agent code in plants where everything fails; a seed that fails is named, and fails again.</summary>
public sealed class SimulationTests
{
    /// <summary>Ten thousand hours by default; PATCHEDGE_SIMULATION asks for more seeds, PATCHEDGE_SEED for one.</summary>
    private static readonly int Seeds = int.Parse(Environment.GetEnvironmentVariable("PATCHEDGE_SIMULATION") ?? "10", System.Globalization.CultureInfo.InvariantCulture);

    private static readonly int? Only = Environment.GetEnvironmentVariable("PATCHEDGE_SEED") is { } seed ? int.Parse(seed, System.Globalization.CultureInfo.InvariantCulture) : null;

    public static TheoryData<string, int, string> Mutants => new()
    {
        { nameof(Mutant.NoHold), 4, "I2" },
        { nameof(Mutant.NoRecheck), 4, "I6" },
        { nameof(Mutant.NoLedger), 12, "I4" },
        { nameof(Mutant.NoFence), 25, "I3" },
    };

    [Fact]
    [Trait("Req", "I1")]
    [Trait("Req", "I2")]
    [Trait("Req", "I3")]
    [Trait("Req", "I4")]
    [Trait("Req", "I5")]
    [Trait("Req", "I6")]
    [Trait("Req", "I7")]
    [Trait("Req", "I8")]
    [Trait("Req", "I9")]
    [Trait("Req", "I10")]
    public async Task Plant_keeps_every_invariant_whatever_fails()
    {
        var tales = new List<Tale>();
        for (var seed = Only ?? 1; seed < (Only ?? 1) + (Only is null ? Seeds : 1); seed++)
        {
            var tale = await TellAsync(() => Story.Tell(seed));
            Assert.True(tale.Broken is null, $"Seed {seed}, told again by PATCHEDGE_SEED={seed}: {tale.Broken}");
            tales.Add(tale);
            TestContext.Current.TestOutputHelper!.WriteLine($"Seed {seed}: {tale}");
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{tales.Sum(tale => tale.Hours):0} plant-hours, {tales.Sum(tale => tale.Busy.TotalMinutes):0} busy minutes, "
            + $"{tales.Sum(tale => tale.Releases)} permits, {tales.Sum(tale => tale.Begun)} steps, {tales.Sum(tale => tale.Done)} runs done.");
        Assert.True(Only is not null || tales.Sum(tale => tale.Hours) >= 1_000 * tales.Count, "too few hours passed");
        Assert.True(Only is not null || (tales.Sum(tale => tale.Releases) > tales.Count && tales.Sum(tale => tale.Done) > 0), "nothing happens in these plants");
    }

    [Fact]
    public async Task Same_seed_tells_the_same_story()
    {
        var first = await TellAsync(() => Story.Tell(3, jobs: 1));
        var second = await TellAsync(() => Story.Tell(3, jobs: 1));

        Assert.Equal(first, second);
        Assert.NotEqual(first.Trace, (await TellAsync(() => Story.Tell(4, jobs: 1))).Trace);
    }

    [Theory]
    [MemberData(nameof(Mutants))]
    public async Task Mutant_is_caught_within_a_few_seeds(string mutant, int seeds, string invariant)
    {
        for (var seed = 1; seed <= seeds; seed++)
            if ((await TellAsync(() => Story.Tell(seed, Enum.Parse<Mutant>(mutant)))).Broken is { } broken)
            {
                Assert.StartsWith(invariant + " ", broken, StringComparison.Ordinal);
                return;
            }

        Assert.Fail($"{mutant} was not caught within {seeds} seeds.");
    }

    /// <summary>The same plants, in which every permit comes as history: nothing begins, unless the broker hides that it is.</summary>
    [Fact]
    [Trait("Req", "I8")]
    public async Task Permit_that_the_broker_kept_starts_nothing()
    {
        var refused = await TellAsync(() => Story.Tell(1, jobs: 1, keepsPermits: true));
        Assert.True(refused is { Broken: null, Releases: > 0, Begun: 0 }, refused.ToString());

        var taken = await TellAsync(() => Story.Tell(1, Mutant.KeptAsFresh, jobs: 1, keepsPermits: true));
        Assert.StartsWith("I8 ", taken.Broken, StringComparison.Ordinal);
    }

    /// <summary>On a thread of its own, which it never leaves.</summary>
    private static async Task<Tale> TellAsync(Func<Tale> tell)
    {
        var told = new TaskCompletionSource<Tale>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                told.SetResult(tell());
            }
#pragma warning disable CA1031 // Whoever waits gets it.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                told.SetException(exception);
            }
        }).Start();
        return await told.Task;
    }
}
