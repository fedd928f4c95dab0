using System.Globalization;
using System.Text.RegularExpressions;

namespace PatchEdge.Model;

/// <summary>What the checker found.</summary>
/// <param name="Broken">Name of the invariant that a counterexample breaks; null when there is none.</param>
/// <param name="States">How many states it looked at.</param>
/// <param name="Complete">Every state was looked at, or a counterexample was found.</param>
/// <param name="Said">Everything it printed.</param>
internal sealed record Finding(string? Broken, long States, bool Complete, string Said);

/// <summary>Has spin look at every state of a model in one configuration.</summary>
internal static partial class SpinModel
{
    private const int MegaBytes = 3500;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Looks for a state that breaks an invariant.</summary>
    /// <param name="file">The model.</param>
    /// <param name="definitions">Sizes, checks and mutants, as the model's head lists them.</param>
    public static Task<Finding> SearchAsync(string file, params string[] definitions) => CheckAsync(file, definitions, ["-O2", "-DSAFETY", "-DNOCLAIM"], ["-w24"]);

    /// <summary>The same, where a counterexample is expected soon: the checker is compiled quickly rather than well.</summary>
    public static Task<Finding> BreakAsync(string file, params string[] definitions) => CheckAsync(file, definitions, ["-O0", "-DSAFETY", "-DNOCLAIM"], ["-w20"]);

    /// <summary>Looks for a run, in which nobody who could act for ever is left waiting for ever, that breaks I10.</summary>
    public static Task<Finding> SearchCyclesAsync(string file, params string[] definitions) => CheckAsync(file, [.. definitions, "LIVE"], ["-O2", "-DNFAIR=3"], ["-a", "-f", "-w22"]);

    private static async Task<Finding> CheckAsync(string file, string[] definitions, string[] compile, string[] search)
    {
        var spin = Installed.Require("spin", "spin");
        var gcc = Installed.Require("gcc", "gcc");
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(AppContext.BaseDirectory, file), folder.File(file));
        await RunAsync(folder, "spin", spin, [.. definitions.Select(definition => "-D" + definition), "-a", file]);
        await RunAsync(folder, "gcc", gcc, ["-w", "-DCOLLAPSE", $"-DMEMLIM={MegaBytes}", .. compile, "-o", "pan", "pan.c"]);
        var said = await RunAsync(folder, "pan", folder.File("pan"), ["-m400000", .. search]);
        var broken = Assertion().Match(said) is { Success: true } assertion ? assertion.Groups["name"].Value
            : said.Contains("acceptance cycle", StringComparison.Ordinal) ? "I10"
            : null;
        var states = States().Match(said);
        Assert.True(states.Success, said);
        var complete = broken is not null || (said.Contains("errors: 0", StringComparison.Ordinal)
            && !said.Contains("search was not completed", StringComparison.Ordinal) && !said.Contains("max search depth too small", StringComparison.Ordinal));
        return new Finding(broken, long.Parse(states.Groups["count"].Value, CultureInfo.InvariantCulture), complete, said);
    }

    private static async Task<string> RunAsync(TemporaryFolder folder, string name, string program, string[] arguments)
    {
        await using var running = RunningProgram.Start(name, program, arguments, folder.Path);
        var code = await running.ExitAsync(Patience);
        Assert.True(code == 0, $"{name} ended with {code}: {running.Output}");
        return running.Output;
    }

    [GeneratedRegex(@"assertion violated \(*(?<name>[IL]\d+)\b")]
    private static partial Regex Assertion();

    [GeneratedRegex(@"(?<count>\d+) states, stored")]
    private static partial Regex States();
}
