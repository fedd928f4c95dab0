using System.Diagnostics;
using System.Globalization;

namespace PatchEdge.Simulator.Processes;

/// <summary>Remembers on disk which processes were started, so that a start after a crash can end those that were left behind.</summary>
internal sealed class ProcessRegister(string file)
{
    private readonly Lock gate = new();
    private readonly Dictionary<int, long> running = [];

    public void Add(Process process)
    {
        lock (gate)
        {
            running[process.Id] = process.StartTime.ToUniversalTime().Ticks;
            Save();
        }
    }

    public void Remove(Process process)
    {
        lock (gate)
        {
            running.Remove(process.Id);
            Save();
        }
    }

    /// <summary>Ends what an earlier simulator on the same data left running: same process id and same start time, so no stranger.</summary>
    /// <returns>How many were ended.</returns>
    public int EndLeftovers()
    {
        if (!File.Exists(file))
            return 0;
        var ended = 0;
        foreach (var line in File.ReadLines(file).Take(1_000))
        {
            var fields = line.Split(' ');
            if (fields.Length != 2
                || !int.TryParse(fields[0], CultureInfo.InvariantCulture, out var id)
                || !long.TryParse(fields[1], CultureInfo.InvariantCulture, out var startTicks))
                continue;
            ended += EndIfSame(id, startTicks) ? 1 : 0;
        }

        File.Delete(file);
        return ended;
    }

    private static bool EndIfSame(int id, long startTicks)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            // The kernel's start time is read with a grain of 10 ms.
            if (Math.Abs(process.StartTime.ToUniversalTime().Ticks - startTicks) > TimeSpan.TicksPerSecond)
                return false;
            process.Kill(entireProcessTree: true);
            process.WaitForExit(TimeSpan.FromSeconds(5));
            return true;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    private void Save() =>
        File.WriteAllLines(file, running.Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Key} {entry.Value}")));
}
