using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PatchEdge.Gateway.Tests.Truth.Model;
using PatchEdge.Gateway.Tests.Truth.Oracle;

namespace PatchEdge.Gateway.Tests.Truth;

/// <summary>
/// The record is true: scenarios drawn from seeds, played against the pipeline on simulated clocks, and what it reports compared with what
/// happened. <c>PATCHEDGE_SCENARIOS</c> plays as many as it says, <c>PATCHEDGE_SEED</c> one of them.
/// </summary>
public sealed class TruthTests
{
    private const int Default = 61;

    [Fact]
    [Trait("Req", "Every moment is accounted for")]
    public async Task Record_is_what_happened()
    {
        var seeds = Environment.GetEnvironmentVariable("PATCHEDGE_SEED") is { Length: > 0 } seed
            ? [int.Parse(seed, CultureInfo.InvariantCulture)]
            : Enumerable.Range(1, int.Parse(Environment.GetEnvironmentVariable("PATCHEDGE_SCENARIOS") is { Length: > 0 } count ? count : $"{Default}", CultureInfo.InvariantCulture));
        var judged = new List<(ScenarioPlan Plan, Judgement Judgement)>();
        foreach (var drawn in seeds)
        {
            var plan = ScenarioPlan.Draw(drawn);
            judged.Add((plan, await OneThread.PlayAsync(thread => PlayAsync(plan, thread))));
        }

        var (found, there, right, reported) = (judged.Sum(one => one.Judgement.Found), judged.Sum(one => one.Judgement.True), judged.Sum(one => one.Judgement.Right), judged.Sum(one => one.Judgement.Reported));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{judged.Count} scenarios, {judged.Sum(one => one.Plan.Length) / 3_600_000.0:0.0} plant-hours, {judged.Sum(one => one.Plan.Faults.Count)} faults, {judged.Sum(one => one.Judgement.Lost)} values lost: "
            + $"recall {found}/{there}, precision {right}/{reported}, worst error {judged.Max(one => one.Judgement.WorstErrorMs)} ms, seal {Seal(judged.Select(one => one.Judgement.Seal))}"));
        var failed = judged.Where(one => one.Judgement.Defects.Length > 0).ToList();
        Assert.True(failed.Count == 0, $"{failed.Count} scenarios failed; PATCHEDGE_SEED replays one.\n" + string.Join('\n', failed.Take(20).Select(one => one.Plan + "\n  " + string.Join("\n  ", one.Judgement.Defects.Take(12)))));
        Assert.Equal((there, reported), (found, right));
        Assert.InRange(there, judged.Count, int.MaxValue);
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

    private static string Seal(IEnumerable<string> seals) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Concat(seals))))[..16];

    /// <summary>In memory where the system has such a place: a scenario commits hundreds of times.</summary>
    private static async Task<Judgement> PlayAsync(ScenarioPlan plan, OneThread thread)
    {
        var directory = System.IO.Directory.Exists("/dev/shm") ? System.IO.Directory.CreateDirectory(Path.Combine("/dev/shm", "patchedge-" + Guid.NewGuid().ToString("N"))).FullName : System.IO.Directory.CreateTempSubdirectory("patchedge-").FullName;
        try
        {
            await using var story = new Story(plan, directory, thread);
            await story.PlayAsync();
            return Judgement.Of(plan, story.Truth, story.Gateway.Directory);
        }
        finally
        {
            System.IO.Directory.Delete(directory, recursive: true);
        }
    }
}
