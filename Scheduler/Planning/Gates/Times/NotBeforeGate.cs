namespace PatchEdge.Scheduler.Planning.Gates.Times;

internal sealed class NotBeforeGate : RunGate
{
    private readonly Finding atOnce;
    private readonly Findings<DateTimeOffset> passed;

    public NotBeforeGate()
    {
        atOnce = Pass("may-start", "at once", "its earliest start has come");
        passed = new(earliest => Pass("may-start", Words.Time(earliest), "its earliest start has come"));
    }

    public override string Name => "not-before";

    public override string Rule => "Its earliest start has come, and it has rested after an attempt that came to nothing.";

    public override string Owner => "patch scheduler";

    public override bool Waivable => true;

    protected override Verdict Judge(PlanningSnapshot snapshot)
    {
        if (snapshot.Job.NotBefore is { } earliest && snapshot.Now < earliest)
            return Block("not-before", Words.Time(earliest), "its earliest start has not come", expectedClearing: earliest);
        if (snapshot.Run.RestUntil is { } rest && snapshot.Now < rest)
            return Block("resting", Words.Time(rest), "the last attempt came to nothing: a short rest before the next", expectedClearing: rest);
        return snapshot.Job.NotBefore is { } past ? passed.Of(past) : atOnce;
    }
}
