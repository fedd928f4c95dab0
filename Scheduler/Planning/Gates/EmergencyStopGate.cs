namespace PatchEdge.Scheduler.Planning.Gates;

internal sealed class EmergencyStopGate : Gate
{
    // The same for every run, so there is one.
    private readonly Verdict pass;

    public EmergencyStopGate() => pass = Pass("stop-off", "off", "the emergency stop is off");

    public override string Name => "emergency-stop";

    public override string Rule => "The emergency stop is off.";

    public override string Owner => "patch scheduler";

    protected override IEnumerable<Verdict> Judge(PlanningSnapshot snapshot)
    {
        var stop = snapshot.EmergencyStop;
        yield return stop.Active
            ? Block("stop-active", "on", $"{stop.By} pressed the emergency stop: {stop.Reason}; resume when it is safe again")
            : pass;
    }
}
