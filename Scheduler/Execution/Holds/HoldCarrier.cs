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

    private readonly Dictionary<(string Run, string Line, long Token), HoldAsking> asked = [];

    /// <summary>What was last sent about this line for this run and token; null when nothing, or when it is settled.</summary>
    public HoldAsking? Asked(string run, string line, long token) => asked.GetValueOrDefault((run, line, token));

    /// <summary>As after a restart: what is still wanted is asked anew.</summary>
    public void Clear() => asked.Clear();

    public void Forget(string run, string line, long token) => asked.Remove((run, line, token));

    /// <summary>Sends it, for the first time or again; of several gateways that could carry it, another one each time.</summary>
    public async Task SendAsync(string run, HoldOrder order, CancellationToken cancellation)
    {
        var asking = Asked(run, order.Line, order.Token);
        if (asking is null || asking.Action != order.Action)
            asked[(run, order.Line, order.Token)] = asking = new HoldAsking(order.Action, order.Token, time);
        var request = asking.NewRequest();
        if (Choose(order, asking.Sent) is not { } gateway)
            return;
        await link.SendAsync(
            Topics.HoldRequest(plant.Site, gateway),
            new HoldRequest { Run = run, Line = order.Line, Action = order.Action, Token = order.Token, DurationMs = order.DurationMs, Request = request },
            MessageJson.Default.HoldRequest,
            Expiry,
            cancellation);
    }

    private string? Choose(HoldOrder order, int turn)
    {
        var able = Able(order);
        var now = evidence.Snapshot();
        var heard = able.Where(name => now.Gateway(name).IsFresh).ToList();
        var from = heard.Count > 0 ? heard : able;
        return from.Count == 0 ? null : from[(turn - 1) % from.Count];
    }

    /// <summary>Gateways that reach the line's controller. Of a line that the plant file no longer has, whoever carried its hold knows it still, or another may.</summary>
    private List<string> Able(HoldOrder order) =>
        plant.LineNamed(order.Line) is { } line && plant.HoldersOf(line) is { IsEmpty: false } holders ? [.. holders.Select(gateway => gateway.Name)]
        : order.Action == HoldAction.Release ? [.. plant.Gateways.Select(gateway => gateway.Name).OrderBy(name => name != order.Carrier)]
        : [];
}

/// <summary>What a line's controller is asked.</summary>
/// <param name="Line">The line.</param>
/// <param name="Action">Whether it is to be held or free.</param>
/// <param name="Token">The token.</param>
/// <param name="DurationMs">How long it is to hold; 0 when it is to be free.</param>
/// <param name="Carrier">Who carried its hold; empty when nobody has yet.</param>
internal readonly record struct HoldOrder(string Line, HoldAction Action, long Token, long DurationMs, string Carrier)
{
    public static HoldOrder Hold(string line, RunHolds holds) => new(line, HoldAction.Hold, holds.Token, holds.DurationMs, "");

    public static HoldOrder Release(string line, long token, string carrier) => new(line, HoldAction.Release, token, 0, carrier);
}
