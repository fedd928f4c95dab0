using System.Runtime.InteropServices;

namespace PatchEdge.Simulator.Processes;

/// <summary>Finds the other programs beside this one's, in the build's output or in a published folder.</summary>
internal static class ProgramFolders
{
    private static readonly Dictionary<string, string> Projects = new()
    {
        ["patchedge-gateway"] = "Gateway",
        ["patchedge-scheduler"] = "Scheduler",
        ["patchedge-agent"] = "Agent",
        ["patchedge-simulator"] = "Simulator",
    };

    /// <summary>Root of the .NET installation that this process runs on; programs that are started find theirs by it.</summary>
    public static string DotnetRoot { get; } =
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    /// <summary>Full path of a program of the system, from PATH or where Debian puts services; null when it is not installed.</summary>
    public static string? FindInstalled(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Concat(["/usr/sbin", "/usr/local/sbin"]).Where(folder => folder.Length > 0)
        .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? program + ".exe" : program)).FirstOrDefault(File.Exists);

    /// <summary>Full path of a program's executable; what is a full path already stays as it is.</summary>
    /// <exception cref="FileNotFoundException">It was not built; the message says how to build it.</exception>
    public static string Find(string program)
    {
        if (Path.IsPathRooted(program))
            return program;
        var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var file = OperatingSystem.IsWindows() ? program + ".exe" : program;
        string[] candidates =
        [
            // artifacts/bin/Simulator/debug → artifacts/bin/Gateway/debug
            Path.Combine(own.Parent?.Parent?.FullName ?? own.FullName, Projects[program], own.Name, file),
            Path.Combine(own.FullName, file),
            Path.Combine(own.Parent?.FullName ?? own.FullName, program, file),
        ];
        return candidates.FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException(
                $"{file} is in none of {string.Join(", ", candidates.Select(Path.GetDirectoryName))}: build the solution, or publish {Projects[program]} beside the simulator.");
    }
}
