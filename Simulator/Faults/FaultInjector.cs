using PatchEdge.Plant.Model;
using PatchEdge.Simulator.Commands;
using PatchEdge.Simulator.Processes;
using PatchEdge.Simulator.Truth;

namespace PatchEdge.Simulator.Faults;

/// <summary>Kills and freezes the plant's programs without warning, drawn from a seed: what has to be survived.</summary>
/// <remarks>
/// What carries a path of a critical tag is only touched while every other path is up and no host of one is being patched: no program
/// can watch through a path that nobody has. All else is touched at any time, the scheduler with its broker as well.
/// </remarks>
internal sealed class FaultInjector(IReadOnlyList<ChildProcess> children, PlantModel plant, JobWatch jobs, TruthFile truth, int seed, OutputMerger output, TimeProvider time)
{
    private const string Self = "faults";

    /// <summary>A program that has run for so long has its connections and its evidence.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(15);

    private readonly Random random = new(seed);

    /// <summary>How many faults there were.</summary>
    public int Injected { get; private set; }

    /// <summary>Until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancelled)
    {
        await Task.Yield();
        while (true)
        {
            await Task.Delay(TimeSpan.FromSeconds(6 + 8 * random.NextDouble()), time, cancelled);
            var states = await jobs.AskAsync(cancelled);
            var able = children.Where(child => child.Uptime > TimeSpan.FromSeconds(2) && MayFail(child, states)).ToList();
            // Drawn whether or not anything can fail, so that a seed tells one story as far as the machine lets it.
            var (kind, which, kill, length) = (random.Next(), random.Next(), random.Next(3) > 0, TimeSpan.FromSeconds(1 + 3 * random.NextDouble()));
            if (able.Count == 0)
                continue;
            // The kind first: there are more agents than all the rest.
            var kinds = able.GroupBy(child => child.Name == "scheduler" ? 0 : child.Agent is null ? 1 : 2).OrderBy(group => group.Key).ToList();
            var alike = kinds[kind % kinds.Count].ToList();
            var chosen = alike[which % alike.Count];
            Injected++;
            truth.Append(new TruthRecord(time.GetUtcNow(), kill ? TruthKind.Killed : TruthKind.Frozen, chosen.Name, $"{length.TotalSeconds:0.0} s"));
            output.Write(Self, kill ? $"kills {chosen.Name}" : $"freezes {chosen.Name} for {length.TotalSeconds:0.0} s");
            if (kill)
                chosen.Kill();
            else
                await chosen.FreezeAsync(length, cancelled);
        }
    }

    private bool MayFail(ChildProcess child, IReadOnlyDictionary<string, string>? stateOfHost)
    {
        if (child.Name == "scheduler")
            return child.Uptime > Settled;
        // Nobody stands in for a line's own controller.
        if (plant.Servers.Any(server => server.Name == child.Name && server.Set is null))
            return false;
        if (child.Agent is { } host)
            return stateOfHost is not null && !IsUnderWay(stateOfHost, host);
        var carriers = children.Where(other => other.Agent is null && other.Name != "scheduler").ToList();
        return stateOfHost is not null && carriers.TrueForAll(carrier => carrier.Uptime > Settled)
            && carriers.TrueForAll(carrier => carrier.Host is null || !IsUnderWay(stateOfHost, carrier.Host));
    }

    /// <summary>From the permit on, as far as anybody was told.</summary>
    private static bool IsUnderWay(IReadOnlyDictionary<string, string> stateOfHost, string host) =>
        stateOfHost.GetValueOrDefault(host) is "Released" or "Executing" or "Verifying" or "Quarantined";
}
