using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace PatchEdge.Programs;

/// <summary>A process that a test started: its output is kept, its lines can be awaited, and it is stopped with the test.</summary>
public sealed partial class RunningProgram : IAsyncDisposable
{
    private const int SigTerm = 15;
    private const int SigStop = 19;
    private const int SigCont = 18;
    private const int MaximumLines = 50_000;

    private readonly Process process;
    private readonly List<string> lines = [];
    private readonly Lock gate = new();
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RunningProgram(string name, Process process)
    {
        Name = name;
        this.process = process;
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
    }

    public string Name { get; }

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    public string Output
    {
        get
        {
            lock (gate)
                return string.Join(Environment.NewLine, lines);
        }
    }

    public static RunningProgram Start(string name, string file, IEnumerable<string> arguments, string? folder = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(file)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = folder ?? Environment.CurrentDirectory,
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var (key, value) in environment ?? new Dictionary<string, string>())
            start.Environment[key] = value;
        var program = new RunningProgram(name, new Process { StartInfo = start, EnableRaisingEvents = true });
        program.process.Exited += (_, _) => program.Signal();
        program.process.Start();
        program.process.BeginOutputReadLine();
        program.process.BeginErrorReadLine();
        return program;
    }

    /// <summary>Starts an assembly of the house from the build's output, in the configuration that the tests were built in.</summary>
    public static RunningProgram StartOwn(string name, string project, string assembly, params IEnumerable<string> arguments)
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var file = Path.Combine(own.Parent!.Parent!.FullName, project, own.Name, assembly + ".dll");
        return Start(name, Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [file, .. arguments]);
    }

    public async Task WriteLineAsync(string line)
    {
        await process.StandardInput.WriteLineAsync(line);
        await process.StandardInput.FlushAsync();
    }

    /// <summary>The first line, already printed or to come, that matches.</summary>
    /// <exception cref="TimeoutException">It did not come in time, or the program ended; the message carries what it printed last.</exception>
    public async Task<Match> LineAsync(string pattern, TimeSpan within)
    {
        var expression = new Regex(pattern, RegexOptions.NonBacktracking);
        var seen = 0;
        using var deadline = new CancellationTokenSource(within, TimeProvider.System);
        while (true)
        {
            Task next;
            lock (gate)
            {
                for (; seen < lines.Count; seen++)
                    if (expression.Match(lines[seen]) is { Success: true } match)
                        return match;
                next = changed.Task;
            }

            if (process.HasExited && next is { IsCompleted: false })
            {
                // Redirected output is drained before the wait returns.
                await process.WaitForExitAsync(deadline.Token);
                lock (gate)
                    if (seen == lines.Count)
                        throw new TimeoutException($"{Name} ended with {process.ExitCode} without printing '{pattern}':{Environment.NewLine}{Tail()}");
                continue;
            }

            try
            {
                await next.WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"{Name} did not print '{pattern}' within {within.TotalSeconds:0} s:{Environment.NewLine}{Tail()}");
            }
        }
    }

    public async Task<int> ExitAsync(TimeSpan within)
    {
        using var deadline = new CancellationTokenSource(within, TimeProvider.System);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{Name} did not end within {within.TotalSeconds:0} s:{Environment.NewLine}{Tail()}");
        }

        return process.ExitCode;
    }

    /// <summary>Ends it at once, as a crash would.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>Freezes it: its sockets stay open, and nothing answers. Unix only.</summary>
    public void Freeze() => Check(Kill(process.Id, SigStop));

    public void Thaw() => Check(Kill(process.Id, SigCont));

    /// <summary>Asks it to stop in order; on Windows it is killed.</summary>
    public void RequestStop()
    {
        if (OperatingSystem.IsWindows())
            process.Kill(entireProcessTree: true);
        else if (!process.HasExited)
            Check(Kill(process.Id, SigTerm));
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }

        process.Dispose();
    }

    private string Tail()
    {
        lock (gate)
            return string.Join(Environment.NewLine, lines.TakeLast(60));
    }

    private void Add(string? line)
    {
        if (line is null)
            return;
        lock (gate)
            if (lines.Count < MaximumLines)
                lines.Add(line);
        Signal();
    }

    private void Signal()
    {
        TaskCompletionSource ready;
        lock (gate)
        {
            ready = changed;
            changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        ready.TrySetResult();
    }

    private static void Check(int result)
    {
        if (result != 0)
            throw new InvalidOperationException("kill(2) failed with " + Marshal.GetLastPInvokeError());
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int processId, int signal);
}
