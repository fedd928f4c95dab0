using System.Diagnostics;
using System.Runtime.InteropServices;

namespace PatchEdge.Simulator.Processes;

/// <summary>Asks a process to end in the way its platform knows.</summary>
internal static partial class Termination
{
    private const int SigTerm = 15;

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
