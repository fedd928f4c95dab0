namespace PatchEdge.Scheduler.Planning.Gates;

internal sealed class NotBeforeGate : Gate
{
    private readonly Verdict atOnce;

    public NotBeforeGate() => atOnce = Pass("may-start", "at once", "its earliest start has come");

    public override string Name => "not-before";

    public override string Rule => "Its earliest start has come, and it has rested after an attempt that came to nothing.";

    public override string Owner => "patch scheduler";

    public override bool Waivable => true;

    protected override IEnumerable<Verdict> Judge(PlanningSnapshot snapshot)
    {
        if (snapshot.Job.NotBefore is { } earliest && snapshot.Now < earliest)
            yield return Block("not-before", Words.Time(earliest), "its earliest start has not come", expectedClearing: earliest);
        else if (snapshot.Run.RestUntil is { } rest && snapshot.Now < rest)
            yield return Block("resting", Words.Time(rest), "the last attempt came to nothing: a short rest before the next", expectedClearing: rest);
        else
            yield return snapshot.Job.NotBefore is { } passed ? Pass("may-start", Words.Time(passed), "its earliest start has come") : atOnce;
    }
}
