namespace PatchEdge.Scheduler.Planning.Gates.Site;

internal sealed class EmergencyStopGate : RunGate
{
    // The same for every run, so there is one.
    private readonly Finding off;

    public EmergencyStopGate() => off = Pass("stop-off", "off", "the emergency stop is off");

    public override string Name => "emergency-stop";

    public override string Rule => "The emergency stop is off.";

    public override string Owner => "patch scheduler";

    protected override Verdict Judge(PlanningSnapshot snapshot) => snapshot.EmergencyStop is { Active: true } stop
        ? Block("stop-active", "on", $"{stop.By} pressed the emergency stop: {stop.Reason}; resume when it is safe again")
        : off;
}
