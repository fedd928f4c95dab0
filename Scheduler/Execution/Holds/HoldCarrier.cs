using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Messaging;

namespace PatchEdge.Scheduler.Execution.Holds;

/// <summary>Sends requests about lines to gateways and tells which answers belong to them. Only the runner's loop calls it.</summary>
internal sealed class HoldCarrier(EvidenceBoard evidence, AgentLink link, PlantModel plant, TimeProvider time)
{
    /// <summary>A gateway that hears it later than this does not hear it: by then it has been asked again, or nobody waits any more.</summary>
    private static readonly TimeSpan Expiry = TimeSpan.FromSeconds(8);

    private readonly Dictionary<(string Run, string Line), HoldAsking> asked = [];

    /// <summary>What was last sent about this line for this run; null when nothing, or when it is settled.</summary>
    public HoldAsking? Asked(string run, string line) => asked.GetValueOrDefault((run, line));

    /// <summary>As after a restart: what is still wanted is asked anew.</summary>
    public void Clear() => asked.Clear();

    public void Forget(string run, string line) => asked.Remove((run, line));

    /// <summary>Sends it, for the first time or again; of several gateways that could carry it, another one each time.</summary>
    public async Task SendAsync(string run, string line, HoldAction action, RunHolds holds, CancellationToken cancellation)
    {
        var asking = asked.GetValueOrDefault((run, line));
        if (asking is null || asking.Action != action || asking.Token != holds.Token)
            asked[(run, line)] = asking = new HoldAsking(action, holds.Token, time);
        var request = asking.NewRequest();
        if (plant.LineNamed(line) is not { } known || Choose(known, asking.Sent) is not { } gateway)
            return;
        await link.SendAsync(
            Topics.HoldRequest(plant.Site, gateway),
            new HoldRequest
            {
                Run = run,
                Line = line,
                Action = action,
                Token = holds.Token,
                DurationMs = action == HoldAction.Hold ? holds.DurationMs : 0,
                Request = request,
            },
            MessageJson.Default.HoldRequest,
            Expiry,
            cancellation);
    }

    private string? Choose(Line line, int turn)
    {
        var able = plant.HoldersOf(line).Select(gateway => gateway.Name).ToList();
        var now = evidence.Snapshot();
        var heard = able.Where(name => now.Gateway(name).IsFresh).ToList();
        var from = heard.Count > 0 ? heard : able;
        return from.Count == 0 ? null : from[(turn - 1) % from.Count];
    }
}
