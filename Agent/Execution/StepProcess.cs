using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using PatchEdge.Agent.Procedures;

namespace PatchEdge.Agent.Execution;

/// <summary>How a step's command ended.</summary>
internal enum StepEnd
{
    Exited,

    /// <summary>Killed with its process tree when its time was over.</summary>
    TimedOut,

    /// <summary>Killed with its process tree because the agent itself had to stop.</summary>
    Interrupted,

    /// <summary>The program could not be started, or a far end certainly did not take the step.</summary>
    NotStarted,

    /// <summary>A far end says that it failed.</summary>
    Failed,

    /// <summary>A far end may have taken it, may still be at it, and does not say how it ended.</summary>
    Unclear,
}

/// <param name="End">How it ended.</param>
/// <param name="ExitCode">When it exited by itself.</param>
/// <param name="Output">End of what it printed, or why it did not start.</param>
internal sealed record StepResult(StepEnd End, int? ExitCode, string Output);

/// <summary>Runs one step's command as a child process: no shell, only the environment that the step names, bounded output, killed with its whole tree.</summary>
internal static class StepProcess
{
    /// <summary>How long after the end of a command its pipes may stay open in the hands of a child that got away.</summary>
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(2);

    /// <param name="step">What to run.</param>
    /// <param name="folder">Folder of the procedure's file.</param>
    /// <param name="variables">Handed over besides the step's own list; already validated.</param>
    /// <param name="started">Told at once which process it is.</param>
    /// <param name="time">Measures the timeout.</param>
    /// <param name="interrupt">Kills the command.</param>
    public static async Task<StepResult> RunAsync(
        Step step, string folder, IReadOnlyDictionary<string, string> variables, Action<ChildIdentity> started, TimeProvider time, CancellationToken interrupt)
    {
        using var process = new Process { StartInfo = Describe(step, folder, variables) };
        try
        {
            process.Start();
        }
        catch (Exception exception) when (exception is Win32Exception or InvalidOperationException or IOException)
        {
            return new StepResult(StepEnd.NotStarted, null, $"{step.Command[0]} could not be started: {exception.Message}");
        }

        var output = new Output();
        if (ChildIdentity.Of(process) is { } identity)
            started(identity);
        CloseInput(process);
        var drained = Task.WhenAll(DrainAsync(process.StandardOutput, output), DrainAsync(process.StandardError, output));
        var end = await EndAsync(process, step.Timeout, time, interrupt);
        try
        {
            await drained.WaitAsync(DrainLimit, TimeProvider.System, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            output.Append("\n(output not read to its end: a child of the command still holds it)");
        }

        return new StepResult(end, end == StepEnd.Exited ? process.ExitCode : null, output.ToString());
    }

    private static void CloseInput(Process process)
    {
        try
        {
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended already.
        }
    }

    private static ProcessStartInfo Describe(Step step, string folder, IReadOnlyDictionary<string, string> variables)
    {
        var start = new ProcessStartInfo(Path.GetFullPath(step.Command[0], folder))
        {
            WorkingDirectory = Path.GetFullPath(step.WorkingDirectory ?? ".", folder),
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var argument in step.Command.Skip(1))
            start.ArgumentList.Add(argument);
        start.Environment.Clear();
        // Windows programs do not load without it.
        var names = OperatingSystem.IsWindows() ? step.Environment.Append("SystemRoot") : step.Environment;
        foreach (var name in names)
            if (Environment.GetEnvironmentVariable(name) is { } value)
                start.Environment[name] = value;
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        return start;
    }

    private static async Task<StepEnd> EndAsync(Process process, TimeSpan timeout, TimeProvider time, CancellationToken interrupt)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, interrupt);
        try
        {
            await process.WaitForExitAsync(either.Token);
            return StepEnd.Exited;
        }
        catch (OperationCanceledException)
        {
            ChildIdentity.Kill(process);
            await process.WaitForExitAsync(CancellationToken.None);
            return deadline.IsCancellationRequested ? StepEnd.TimedOut : StepEnd.Interrupted;
        }
    }

    private static async Task DrainAsync(StreamReader reader, Output output)
    {
        var buffer = new char[1024];
        try
        {
            for (int read; (read = await reader.ReadAsync(buffer)) > 0;)
                output.Append(buffer.AsSpan(0, read));
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The process object is gone; what was read is kept.
        }
    }
}
