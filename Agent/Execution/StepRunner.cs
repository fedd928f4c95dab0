using PatchEdge.Agent.Procedures;

namespace PatchEdge.Agent.Execution;

/// <summary>Runs one step to its end. The edge of the agent: behind it are processes, or a host that exists in memory only.</summary>
/// <param name="step">What to run.</param>
/// <param name="folder">Of the procedure's file.</param>
/// <param name="variables">What the command is told.</param>
/// <param name="started">Hears which process it is.</param>
/// <param name="time">For its timeout.</param>
/// <param name="interrupt">Cuts it off.</param>
internal delegate Task<StepResult> StepRunner(
    Step step, string folder, IReadOnlyDictionary<string, string> variables, Action<ChildIdentity> started, TimeProvider time, CancellationToken interrupt);
