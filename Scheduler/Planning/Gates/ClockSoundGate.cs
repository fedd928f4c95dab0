namespace PatchEdge.Scheduler.Planning.Gates;

internal sealed class ClockSoundGate : Gate
{
    // The same for every run, so there is one.
    private readonly Verdict pass;

    public ClockSoundGate() => pass = Pass("clock-sound", "sound", "the scheduler's clock runs evenly");

    public override string Name => "clock-sound";

    public override string Rule => "The scheduler's own clock has not stepped.";

    public override string Owner => "IT/OT operations";

    protected override IEnumerable<Verdict> Judge(PlanningSnapshot snapshot)
    {
        yield return snapshot.Health.ClockFault is { } fault
            ? Block("clock-stepped", "stepped", fault, doubt: true)
            : pass;
    }
}
