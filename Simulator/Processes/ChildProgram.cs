namespace PatchEdge.Simulator.Processes;

/// <summary>A program of the house and how to start it.</summary>
/// <param name="Name">Shown before each line that it prints; unique.</param>
/// <param name="Assembly">File name of its assembly, without <c>.dll</c>.</param>
/// <param name="Arguments">Its command line.</param>
internal sealed record ChildProgram(string Name, string Assembly, IReadOnlyList<string> Arguments);
