using System.ComponentModel;
using System.Diagnostics;

namespace PatchEdge.Agent.Execution;

/// <summary>Which process a step's command is, so that an agent that was killed finds it again.</summary>
/// <param name="Id">Number of the process; the system gives it again to another one day.</param>
/// <param name="Started">UTC, as the system tells it: exact to a few ticks of its clock.</param>
internal sealed record ChildIdentity(int Id, DateTimeOffset Started)
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(2);

    /// <summary>Null when it has ended already.</summary>
    public static ChildIdentity? Of(Process process)
    {
        try
        {
            return new ChildIdentity(process.Id, process.StartTime.ToUniversalTime());
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception)
        {
            return null;
        }
    }

    /// <summary>Ends it with its process tree, if it is still the process it was.</summary>
    /// <returns>Whether it was still there.</returns>
    public async Task<bool> EndAsync()
    {
        try
        {
            using var process = Process.GetProcessById(Id);
            if (Of(process) is not { } found || (found.Started - Started).Duration() > Tolerance)
                return false;
            Kill(process);
            await process.WaitForExitAsync(CancellationToken.None);
            return true;
        }
        catch (ArgumentException)
        {
            // No process has this number.
            return false;
        }
    }

    public static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is Win32Exception or InvalidOperationException or AggregateException)
        {
            // It, or one of its children, ended by itself in between.
        }
    }
}
