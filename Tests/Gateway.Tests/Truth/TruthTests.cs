using System.Collections.Immutable;
using System.Globalization;
using PatchEdge.Gateway.Tests.Truth.Model;
using PatchEdge.Gateway.Tests.Truth.Oracle;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Tests.Truth;

/// <summary>
/// The record is true: scenarios drawn from seeds, played against the pipeline on simulated clocks, and what it reports compared with what
/// happened. <c>PATCHEDGE_SCENARIOS</c> plays as many as it says, <c>PATCHEDGE_SEED</c> one of them, or some: <c>201-400</c>.
/// With <c>PATCHEDGE_UNTIL_FAILED</c> the first that fails is the last.
/// </summary>
public sealed class TruthTests
{
    private const int Default = 61;

    private static readonly Lazy<Task<ImmutableArray<Judgement>>> Played = new(PlayAllAsync);

    [Fact]
    [Trait("Req", "Every moment is accounted for")]
    public async Task Record_is_what_happened()
    {
        var judged = await Played.Value;
        TestContext.Current.TestOutputHelper?.WriteLine(Figures.Of(judged));
        var failed = judged.Where(one => one.Defects.Length > 0).ToList();
        Assert.True(failed.Count == 0, $"{failed.Count} scenarios failed; PATCHEDGE_SEED replays one.\n" + string.Join('\n', failed.Take(20).Select(one => one.Plan + "\n  " + string.Join("\n  ", one.Defects.Take(12)))));
        Assert.Equal((judged.Sum(one => one.True), judged.Sum(one => one.Reported)), (judged.Sum(one => one.Found), judged.Sum(one => one.Right)));
        Assert.InRange(judged.Sum(one => one.True), judged.Length, int.MaxValue);
    }

    /// <summary>A scenario shows only what it does. Together, the default ones do everything, and find everything.</summary>
    [Fact]
    public async Task Default_scenarios_inject_every_fault_several_at_once_and_have_every_cause()
    {
        var judged = await Played.Value;
        Assert.SkipWhen(judged.Length < Default, "fewer scenarios than by default");
        // The disk that fails at will is a layer that only Linux has, and its cause with it. One server of several asleep is another plant.
        var linux = OperatingSystem.IsLinux();
        Assert.Empty(Enum.GetValues<FaultKind>().Where(kind => linux || kind is not (FaultKind.DiskFails or FaultKind.DiskFull)).Except(judged.SelectMany(one => one.Injected)));
        Assert.Empty(Enum.GetValues<GapCause>().Where(cause => cause != GapCause.Standby && (linux || cause != GapCause.JournalFull)).Except(judged.SelectMany(one => one.Causes.Keys)));
        Assert.Contains(judged, one => one.Plan.Faults.Zip(one.Plan.Faults.Skip(1)).Any(pair => pair.Second.At < pair.First.End));
    }

    /// <summary>A finding that cannot be repeated is none. Every span of the record and the hashes of all attestations are the same, whatever else the machine does.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(11)]
    public async Task Same_seed_leaves_the_same_record(int seed)
    {
        var plan = ScenarioPlan.Draw(seed);
        var first = await OneThread.PlayAsync(thread => PlayAsync(plan, thread));
        var second = await OneThread.PlayAsync(thread => PlayAsync(plan, thread));
        Assert.Equal(first.Seal, second.Seal);
        Assert.NotEqual(first.Seal, (await OneThread.PlayAsync(thread => PlayAsync(plan with { Seed = seed + 1 }, thread))).Seal);
    }

    private static IEnumerable<int> Seeds()
    {
        static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
        if (Environment.GetEnvironmentVariable("PATCHEDGE_SEED") is not { Length: > 0 } seed)
            return Enumerable.Range(1, Environment.GetEnvironmentVariable("PATCHEDGE_SCENARIOS") is { Length: > 0 } count ? Number(count) : Default);
        var (first, last) = seed.Split('-') is [var from, var to] ? (Number(from), Number(to)) : (Number(seed), Number(seed));
        return Enumerable.Range(first, last - first + 1);
    }

    private static async Task<ImmutableArray<Judgement>> PlayAllAsync()
    {
        var judged = ImmutableArray.CreateBuilder<Judgement>();
        foreach (var plan in Seeds().Select(ScenarioPlan.Draw))
        {
            try
            {
                judged.Add(await OneThread.PlayAsync(thread => PlayAsync(plan, thread)));
                if (judged[^1].Defects.Length > 0 && Environment.GetEnvironmentVariable("PATCHEDGE_UNTIL_FAILED") is { Length: > 0 })
                    break;
            }
            catch (Exception exception) when (exception is not Xunit.Sdk.IAssertionException)
            {
                throw new InvalidOperationException(plan.ToString(), exception);
            }
        }

        return judged.ToImmutable();
    }

    /// <summary>In memory where the system has such a place: a scenario commits hundreds of times.</summary>
    private static async Task<Judgement> PlayAsync(ScenarioPlan plan, OneThread thread)
    {
        var directory = System.IO.Directory.Exists("/dev/shm") ? System.IO.Directory.CreateDirectory(Path.Combine("/dev/shm", "patchedge-" + Guid.NewGuid().ToString("N"))).FullName : System.IO.Directory.CreateTempSubdirectory("patchedge-").FullName;
        try
        {
            await using var story = new Story(plan, directory, thread);
            await story.PlayAsync();
            var judged = Judgement.Of(plan, story.Truth, story.Gateway.Directory, story.Gateway.Database.Taken);
            return judged with { Defects = [.. story.Objections, .. judged.Defects] };
        }
        finally
        {
            System.IO.Directory.Delete(directory, recursive: true);
        }
    }
}
