using System.Diagnostics;

using PatchEdge.Simulator.Truth;

namespace PatchEdge.Simulator.Processes;

/// <summary>One program kept running, as a service manager would: started again when it ends by itself, until told to stop.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DownPace = TimeSpan.FromMilliseconds(100);

    private readonly ChildProgram program;
    private readonly OutputMerger output;
    private readonly ProcessRegister register;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource stopping = new();
    private readonly Task loop;
    private readonly Lock gate = new();
    private CancellationTokenSource? running;
    private Process? current;
    private readonly List<Outage> outages = [];
    private DateTimeOffset? ended;
    private long started;
    private bool down;

    public ChildProcess(ChildProgram program, OutputMerger output, ProcessRegister register, TimeProvider time, Action<string>? onLine = null)
    {
        this.program = program;
        this.output = output;
        this.register = register;
        this.time = time;
        OnLine = onLine;
        loop = KeepRunningAsync();
    }

    public string Name => program.Name;

    /// <summary>How often it ended without being asked to.</summary>
    public int UnexpectedEnds { get; private set; }

    /// <summary>Sees each line of standard output before it is merged; must not block.</summary>
    private Action<string>? OnLine { get; }

    public string? Host => program.Host;

    public string? Agent => program.Agent;

    /// <summary>How long it has been running; zero when it is not, or stands still.</summary>
    public TimeSpan Uptime
    {
        get
        {
            lock (gate)
                return current is null ? TimeSpan.Zero : time.GetElapsedTime(started);
        }
    }

    /// <summary>When it did not run since its first start, or stood still; what has not ended yet is not in it.</summary>
    public IReadOnlyList<Outage> Outages
    {
        get
        {
            lock (gate)
                return [.. outages];
        }
    }

    /// <summary>Ends it without warning, as a power cut would.</summary>
    public void Kill()
    {
        lock (gate)
            current?.Kill();
    }

    /// <summary>It stands still for a while, its connections open, as a program on a suspended machine.</summary>
    public async Task FreezeAsync(TimeSpan length, CancellationToken cancelled)
    {
        Process? frozen;
        DateTimeOffset since;
        lock (gate)
        {
            frozen = current;
            if (frozen is null)
                return;
            Termination.Freeze(frozen);
            since = time.GetUtcNow();
            started = time.GetTimestamp() + (long)(length.TotalSeconds * time.TimestampFrequency);
        }

        await Task.Delay(length, time, cancelled).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (gate)
        {
            if (current != frozen)
                return;
            outages.Add(new Outage(Name, since, time.GetUtcNow(), IsFrozen: true));
            Termination.Thaw(frozen);
        }
    }

    /// <summary>Its host goes down, and it stops as a service would; or the host is back, and it starts.</summary>
    public void SetDown(bool value)
    {
        lock (gate)
        {
            if (down == value)
                return;
            down = value;
            output.Write("simulator", $"{Name} goes {(value ? "down with" : "up with")} {Host}");
            if (value)
                running?.Cancel();
        }
    }

    private bool IsDown
    {
        get
        {
            lock (gate)
                return down;
        }
    }

    /// <summary>Asks it to stop; <see cref="DisposeAsync"/> waits for it.</summary>
    public void RequestStop() => stopping.Cancel();

    public async ValueTask DisposeAsync()
    {
        RequestStop();
        await loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stopping.Dispose();
    }

    private async Task KeepRunningAsync()
    {
        await Task.Yield();
        var delay = FirstDelay;
        while (!stopping.IsCancellationRequested)
        {
            if (IsDown)
            {
                await Task.Delay(DownPace, time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }

            var started = time.GetTimestamp();
            var (exitCode, asked) = await RunOnceAsync();
            if (asked && !stopping.IsCancellationRequested)
                continue;
            if (stopping.IsCancellationRequested)
                return;
            UnexpectedEnds++;
            delay = time.GetElapsedTime(started) > LongestDelay ? FirstDelay : TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, LongestDelay.Ticks));
            output.Write("simulator", $"{Name} ended with exit code {exitCode}; starting it again in {delay.TotalSeconds:0} s");
            await Task.Delay(delay, time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<(int ExitCode, bool Asked)> RunOnceAsync()
    {
        using var run = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token);
        lock (gate)
        {
            running = run;
            if (down)
                run.Cancel();
        }

        using var process = new Process { StartInfo = StartInfo(program) };
        process.OutputDataReceived += (_, line) => Take(line.Data, isOutput: true);
        process.ErrorDataReceived += (_, line) => Take(line.Data, isOutput: false);
        process.Start();
        register.Add(process);
        lock (gate)
        {
            (current, started) = (process, time.GetTimestamp());
            if (ended is { } since)
                outages.Add(new Outage(Name, since, time.GetUtcNow(), IsFrozen: false));
        }

        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await process.WaitForExitAsync(run.Token);
        }
        catch (OperationCanceledException)
        {
            Termination.Thaw(process);
            Termination.Request(process);
            using var deadline = new CancellationTokenSource(Patience, time);
            try
            {
                await process.WaitForExitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                output.Write("simulator", $"{Name} did not stop within {Patience.TotalSeconds:0} s and was killed");
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }

        lock (gate)
            (running, current, ended) = (null, null, time.GetUtcNow());
        register.Remove(process);
        return (process.ExitCode, run.IsCancellationRequested);
    }

    private void Take(string? line, bool isOutput)
    {
        if (line is null)
            return;
        if (isOutput)
            OnLine?.Invoke(line);
        if (!LogLine.IsOrdinaryStart(line))
            output.Write(Name, LogLine.Shorten(line));
    }

    private static ProcessStartInfo StartInfo(ChildProgram program)
    {
        var start = new ProcessStartInfo
        {
            FileName = ProgramFolders.Find(program.Executable),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        start.Environment["DOTNET_ROOT"] = ProgramFolders.DotnetRoot;
        foreach (var argument in program.Arguments)
            start.ArgumentList.Add(argument);
        return start;
    }
}
