using System.Globalization;
using PatchEdge.OpcUa.Tests.Encoding;

namespace PatchEdge.OpcUa.Tests.Fuzz;

/// <summary>
/// Every entry point, fed with wrong inputs for half a minute in all. <c>FUZZ_SECONDS</c> makes it longer, <c>FUZZ_SEED</c> another one;
/// <c>Tests/Fuzz</c> does the same for hours, guided by coverage.
/// </summary>
[Collection(nameof(Alone))]
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const int DefaultSeconds = 30;
    private const int DefaultSeed = 4840;

    public static TheoryData<string> Targets => [.. FuzzTarget.All.Keys];

    public static TheoryData<string, string> Findings => [.. Load().Select(finding => (finding.Target, finding.Input))];

    [Theory, MemberData(nameof(Targets))]
    public async Task Wrong_bytes_are_accepted_or_refused_and_nothing_else(string name)
    {
        var seed = Setting("FUZZ_SEED", DefaultSeed);
        await using var target = await FuzzTarget.All[name]();
        var loop = new FuzzLoop(name, target, seed, TimeProvider.System);
        await loop.RunAsync(TimeSpan.FromSeconds(Setting("FUZZ_SECONDS", DefaultSeconds)) / FuzzTarget.All.Count);
        output.WriteLine($"{name}: {loop.Rounds} inputs with seed {seed}");
    }

    [Theory, MemberData(nameof(Findings))]
    public async Task Former_finding_is_accepted_or_refused(string name, string input)
    {
        await using var target = await FuzzTarget.All[name]();
        await target.FeedAsync(Bytes.Of(input)).AsTask().WaitAsync(FuzzTarget.Deadline, TestContext.Current.CancellationToken);
    }

    private static int Setting(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private static IEnumerable<(string Target, string Input)> Load()
    {
        using var stream = typeof(FuzzTests).Assembly.GetManifestResourceStream(
            typeof(FuzzTests).Assembly.GetManifestResourceNames().Single(name => name.EndsWith("findings.vectors", StringComparison.Ordinal)))!;
        using var text = new StreamReader(stream);
        foreach (var line in text.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line[0] == '#')
                continue;
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            yield return (line[..colon], line[(colon + 1)..].Trim());
        }
    }
}
