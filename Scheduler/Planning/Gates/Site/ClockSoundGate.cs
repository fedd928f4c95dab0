namespace PatchEdge.Scheduler.Planning.Gates.Site;

internal sealed class ClockSoundGate : RunGate
{
    // The same for every run, so there is one.
    private readonly Finding sound;

    public ClockSoundGate() => sound = Pass("clock-sound", "sound", "the scheduler's clock runs evenly");

    public override string Name => "clock-sound";

    public override string Rule => "The scheduler's own clock has not stepped.";

    public override string Owner => "IT/OT operations";

    protected override Verdict Judge(PlanningSnapshot snapshot) => snapshot.Health.ClockFault is { } fault
        ? Block("clock-stepped", "stepped", fault, doubt: true)
        : sound;
}
