using System.Diagnostics;
using System.Runtime.InteropServices;

namespace PatchEdge.Simulator.Processes;

/// <summary>Asks a process to end in the way its platform knows.</summary>
internal static partial class Termination
{
    private const int SigTerm = 15;
    private const int SigStop = 19;
    private const int SigCont = 18;

    /// <summary>Unix: the process stands still, its connections open. Windows: nothing happens.</summary>
    public static void Freeze(Process process) => Signal(process, SigStop);

    public static void Thaw(Process process) => Signal(process, SigCont);

    private static void Signal(Process process, int signal)
    {
        if (OperatingSystem.IsWindows())
            return;
        try
        {
            if (!process.HasExited)
                _ = Kill(process.Id, signal);
        }
        catch (InvalidOperationException)
        {
            // It ended in between.
        }
    }

    /// <summary>Unix: SIGTERM, which the programs take as a wish to stop in order. Windows knows no such thing for a console program: it is ended with its children.</summary>
    public static void Request(Process process)
    {
        try
        {
            if (process.HasExited)
                return;
            if (OperatingSystem.IsWindows())
                process.Kill(entireProcessTree: true);
            else
                _ = Kill(process.Id, SigTerm);
        }
        catch (InvalidOperationException)
        {
            // It ended in between: what was wanted.
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int processId, int signal);
}
