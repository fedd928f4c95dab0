namespace PatchEdge.Simulator.Processes;

/// <summary>A program of the house and how to start it.</summary>
/// <param name="Name">Shown before each line that it prints; unique.</param>
/// <param name="Executable">Its executable's name, without the ending that Windows adds; or a full path for a program of the system.</param>
/// <param name="Arguments">Its command line.</param>
/// <param name="Host">The simulated host that it runs on and goes down with; null for one that never does.</param>
/// <param name="Agent">The host whose agent it is; null for everything else.</param>
internal sealed record ChildProgram(string Name, string Executable, IReadOnlyList<string> Arguments, string? Host = null, string? Agent = null);
