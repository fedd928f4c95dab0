using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using PatchEdge.Agent.Procedures;

namespace PatchEdge.Agent.Tests.Harness;

/// <summary>The command that steps run in tests: this very assembly, which turns into it when its first argument says so.</summary>
internal static class StepHelper
{
    private const string Mark = "step-helper";

    /// <summary>Finds its runtime without any environment variable, since a step sees none.</summary>
    private static readonly string Runtime = Path.GetFullPath(
        Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));

    public static string[] Command(params string[] arguments) => [Runtime, typeof(StepHelper).Assembly.Location, Mark, .. arguments];

    public static Step Step(string name, params string[] arguments) => new()
    {
        Name = name,
        Command = [.. Command(arguments)],
        Timeout = TimeSpan.FromSeconds(60),
    };

    /// <summary>The command as a YAML flow list.</summary>
    public static string Yaml(params string[] arguments) => JsonSerializer.Serialize(Command(arguments));

    public static bool IsAlive(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

#pragma warning disable CA2255 // The test runner owns the entry point; this is the one place before it.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Become()
    {
        var arguments = Environment.GetCommandLineArgs();
        if (arguments.Length > 1 && arguments[1] == Mark)
            Environment.Exit(Act(arguments[2], arguments[3..]));
    }

    private static int Act(string verb, string[] rest)
    {
        switch (verb)
        {
            case "exit":
                Console.WriteLine("leaving with " + rest[0]);
                return int.Parse(rest[0]);
            case "append":
                File.AppendAllText(rest[0], rest[1] + "\n");
                return 0;
            case "append-and-wait":
                File.AppendAllText(rest[0], rest[1] + "\n");
                return Wait(rest[0]);
            case "wait-once":
                var again = File.Exists(rest[0]);
                File.AppendAllText(rest[0], rest[1] + "\n");
                File.AppendAllText(rest[0], $"pid {Environment.ProcessId}\n");
                return again ? 0 : Wait(rest[0]);
            case "describe":
                var variables = Environment.GetEnvironmentVariables();
                File.WriteAllText(rest[0], JsonSerializer.Serialize(new StepSurroundings(
                    variables.Keys.Cast<string>().ToDictionary(key => key, key => (string)variables[key]!), rest[1..], Environment.CurrentDirectory)));
                return 0;
            case "noise":
                Console.Out.Write("first" + new string('x', int.Parse(rest[0])) + "\u001b[31m\u0007last\r\n");
                return 0;
            case "spawn":
                var start = new ProcessStartInfo(Runtime) { UseShellExecute = false };
                foreach (var argument in Command("append-and-wait", rest[0], "child").Skip(1))
                    start.ArgumentList.Add(argument);
                using (var child = Process.Start(start)!)
                    File.AppendAllText(rest[0], $"pid {child.Id}\n");
                return Wait(rest[0]);
            default:
                return 99;
        }
    }

    /// <summary>Until killed, or until the test has removed its folder: nothing outlives the tests.</summary>
    private static int Wait(string evidence)
    {
        using var never = new ManualResetEventSlim();
        while (File.Exists(evidence))
            never.Wait(TimeSpan.FromMilliseconds(200));
        return 98;
    }
}

/// <summary>What a step's command saw around it.</summary>
internal sealed record StepSurroundings(Dictionary<string, string> Environment, string[] Arguments, string Folder);
