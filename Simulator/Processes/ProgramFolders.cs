namespace PatchEdge.Simulator.Processes;

/// <summary>Finds the other programs' assemblies beside this one's, in the build's output or in a published folder.</summary>
internal static class ProgramFolders
{
    private static readonly Dictionary<string, string> Projects = new()
    {
        ["patchedge-gateway"] = "Gateway",
        ["patchedge-scheduler"] = "Scheduler",
        ["patchedge-agent"] = "Agent",
        ["patchedge-simulator"] = "Simulator",
    };

    /// <exception cref="FileNotFoundException">It was not built; the message says how to build it.</exception>
    public static string Find(string assembly)
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        string[] candidates =
        [
            // artifacts/bin/Simulator/debug → artifacts/bin/Gateway/debug
            Path.Combine(own.Parent?.Parent?.FullName ?? own.FullName, Projects[assembly], own.Name, assembly + ".dll"),
            Path.Combine(own.FullName, assembly + ".dll"),
            Path.Combine(own.Parent?.FullName ?? own.FullName, assembly, assembly + ".dll"),
        ];
        return candidates.FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException(
                $"{assembly}.dll is in none of {string.Join(", ", candidates.Select(Path.GetDirectoryName))}: build the solution, or publish {Projects[assembly]} beside the simulator.");
    }
}
