using System.Globalization;
using System.Text.RegularExpressions;
using PatchEdge.Programs;

namespace PatchEdge.Gateway.Tests.Truth.Mutants;

/// <summary>
/// The scenarios are worth what they catch. <c>PATCHEDGE_MUTANTS=61</c> builds a copy of the source with every fault in it, and plays as many
/// scenarios with each of them on, in turn. None is in the product.
/// </summary>
public sealed class MutantTests
{
    private const string Switch = "PATCHEDGE_MUTANT";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);
    private static readonly string[] Copied = ["Gateway", "OpcUa", "Plant", "Tests/Gateway.Tests", "Tests/Programs"];

    private static string Continuity(string root) => Path.Combine(root, "Gateway", "Continuity");

    /// <summary>Else a fault would seem to be survived that was never there.</summary>
    [Fact]
    public void Every_fault_has_its_place_in_the_source()
    {
        Assert.Empty(Mutant.All.Where(mutant => Regex.Count(File.ReadAllText(Path.Combine(Continuity(Root()), mutant.File)).ReplaceLineEndings("\n"), Regex.Escape(mutant.Original)) != 1).Select(mutant => mutant.Name));
        Assert.Equal(Mutant.All.Length, Mutant.All.Select(mutant => mutant.Name).Distinct().Count());
    }

    [AskedForFact("PATCHEDGE_MUTANTS")]
    public async Task Scenarios_catch_every_fault()
    {
        var scenarios = Environment.GetEnvironmentVariable("PATCHEDGE_MUTANTS")!;
        using var copy = new TemporaryFolder();
        CopyTo(copy.Path);
        Mutate(copy.Path);
        await using (var build = RunningProgram.Start("build", "dotnet", ["build", "Tests/Gateway.Tests", "-v", "q", "-nodeReuse:false", "-p:TreatWarningsAsErrors=false"], copy.Path))
            Assert.True(await build.ExitAsync(Patience) == 0, build.Output);
        Assert.True(await PlayAsync(copy.Path, "", scenarios) is null, "the scenarios fail without any fault");
        var survived = new List<string>();
        foreach (var mutant in Mutant.All)
            if (mutant.UnitTest is { } test ? !await FailsAsync(copy.Path, mutant.Name, test) : await PlayAsync(copy.Path, mutant.Name, scenarios) is null)
                survived.Add(mutant.Name);
        Assert.Empty(survived);
    }

    /// <returns>The first scenario that failed; null when none did.</returns>
    private static async Task<int?> PlayAsync(string root, string name, string scenarios)
    {
        var (exit, output) = await RunAsync(root, name, "TruthTests.Record_is_what_happened", new() { ["PATCHEDGE_SCENARIOS"] = scenarios, ["PATCHEDGE_UNTIL_FAILED"] = "1" });
        int? seed = Regex.Match(output, @"^\s*seed (\d+):", RegexOptions.Multiline) is { Success: true } match ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : null;
        TestContext.Current.TestOutputHelper?.WriteLine($"{(name.Length == 0 ? "no fault" : name)}: {(seed is { } number ? $"seed {number}" : $"survives {scenarios} scenarios")}");
        Assert.True(exit == 0 == seed is null, output);
        return seed;
    }

    private static async Task<bool> FailsAsync(string root, string name, string test)
    {
        var (without, output) = await RunAsync(root, "", test, []);
        Assert.True(without == 0, output);
        var (exit, _) = await RunAsync(root, name, test, []);
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {(exit == 0 ? "survives " : "")}{test}");
        return exit != 0;
    }

    private static async Task<(int Exit, string Output)> RunAsync(string root, string name, string test, Dictionary<string, string> environment)
    {
        var program = Path.Combine(root, "artifacts", "bin", "Gateway.Tests", "debug", "PatchEdge.Gateway.Tests.dll");
        await using var play = RunningProgram.Start(name, "dotnet", [program, "--filter-method", "*" + test], root, new Dictionary<string, string>(environment) { [Switch] = name });
        return (await play.ExitAsync(Patience), play.Output);
    }

    private static void Mutate(string root)
    {
        File.WriteAllText(Path.Combine(Continuity(root), "Mutation.cs"), $$"""
            namespace PatchEdge.Gateway;

            internal static class Mutation
            {
                private static readonly string On = Environment.GetEnvironmentVariable("{{Switch}}") ?? "";

                public static bool Is(string name) => On == name;
            }
            """);
        foreach (var mutants in Mutant.All.GroupBy(mutant => mutant.File, StringComparer.Ordinal))
        {
            var file = Path.Combine(Continuity(root), mutants.Key);
            var text = File.ReadAllText(file).ReplaceLineEndings("\n");
            foreach (var mutant in mutants)
                text = text.Replace(mutant.Original, Regex.Replace(mutant.Faulty, @"\bON\b", $"Mutation.Is(\"{mutant.Name}\")"), StringComparison.Ordinal);
            File.WriteAllText(file, text);
        }
    }

    private static void CopyTo(string target)
    {
        var root = Root();
        foreach (var file in Directory.EnumerateFiles(root).Concat(Directory.EnumerateFiles(Path.Combine(root, "Tests"))).Concat(Copied.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(root, folder), "*", SearchOption.AllDirectories))))
        {
            var to = Path.Combine(target, Path.GetRelativePath(root, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "PatchEdge.sln")))
                return folder.FullName;
        throw new DirectoryNotFoundException("PatchEdge.sln is in no folder above " + AppContext.BaseDirectory);
    }
}
