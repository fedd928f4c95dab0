using PatchEdge.Scheduler.Execution;

namespace PatchEdge.Scheduler.Planning.Gates.Hosts;

internal sealed class OneRunPerHostGate : RunGate
{
    private readonly Finding free;

    public OneRunPerHostGate() => free = Pass("host-free", "free", "no other run occupies the host");

    public override string Name => "one-run-per-host";

    public override string Rule => "No other run occupies the host, and none that goes first is ready for it.";

    public override string Owner => "patch scheduler";

    protected override Verdict Judge(PlanningSnapshot snapshot) =>
        ((snapshot.Host is { } host ? snapshot.Others.RivalOnHost(host, snapshot.Run) : snapshot.Others.RivalOnHost(snapshot.Job.Host, snapshot.Run)) switch
        {
            null => free,
            { State.Occupies: true } occupant => Block("host-occupied", $"{occupant.Id} {occupant.State}", $"{occupant.Id} occupies the host: wait for its end, or settle it"),
            var first => Block("host-yields", first.Id, $"{first.Id} is ready for the same host and goes first"),
        }).About(snapshot.Job.Host);
}
