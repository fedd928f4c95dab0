using PatchEdge.Scheduler.Execution;

namespace PatchEdge.Scheduler.Planning.Gates;

internal sealed class OneRunPerHostGate : Gate
{
    public override string Name => "one-run-per-host";

    public override string Rule => "No other run occupies the host, and none that goes first is ready for it.";

    public override string Owner => "patch scheduler";

    protected override IEnumerable<Verdict> Judge(PlanningSnapshot snapshot)
    {
        var host = snapshot.Job.Host;
        var rivals = snapshot.Others.OnHost(host).ToList();
        if (rivals.Find(other => other.State.Occupies) is { } occupant)
            yield return Block("host-occupied", $"{occupant.Id} {occupant.State}", $"{occupant.Id} occupies the host: wait for its end, or settle it", host);
        else if (rivals.Find(other => other.GoesBefore(snapshot.Run)) is { } first)
            yield return Block("host-yields", first.Id, $"{first.Id} is ready for the same host and goes first", host);
        else
            yield return Pass("host-free", "free", "no other run occupies the host", host);
    }
}
