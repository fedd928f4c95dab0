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
        Assert.True(await PlayAsync(copy.Path, "", scenarios) == 0, "the scenarios fail without any fault");
        var survived = new List<string>();
        foreach (var mutant in Mutant.All)
            if (await PlayAsync(copy.Path, mutant.Name, scenarios) == 0)
                survived.Add(mutant.Name);
        Assert.Empty(survived);
    }

    /// <returns>How many scenarios failed.</returns>
    private static async Task<int> PlayAsync(string root, string name, string scenarios)
    {
        var folder = Path.Combine(root, "artifacts", "bin", "Gateway.Tests", "debug");
        await using var play = RunningProgram.Start(name, "dotnet",
            [Path.Combine(folder, "PatchEdge.Gateway.Tests.dll"), "--filter-method", "*TruthTests.Record_is_what_happened"], root,
            new Dictionary<string, string> { [Switch] = name, ["PATCHEDGE_SCENARIOS"] = scenarios });
        var exit = await play.ExitAsync(Patience);
        var failed = Regex.Match(play.Output, @"(\d+) scenarios failed") is { Success: true } match ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
        TestContext.Current.TestOutputHelper?.WriteLine($"{(name.Length == 0 ? "no fault" : name)}: {failed} of {scenarios} scenarios failed");
        Assert.True(exit == 0 == (failed == 0), play.Output);
        return failed;
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
