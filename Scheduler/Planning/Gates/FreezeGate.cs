namespace PatchEdge.Scheduler.Planning.Gates;

internal sealed class FreezeGate : Gate
{
    public override string Name => "freeze";

    public override string Rule => "No freeze holds for the host, its lines, their areas or the site; a freeze beats a window.";

    public override string Owner => "patch scheduler";

    public override bool Waivable => true;

    protected override IEnumerable<Verdict> Judge(PlanningSnapshot snapshot)
    {
        if (snapshot.Calendar.Errors.Length > 0)
        {
            yield return Block("calendar-broken", $"{snapshot.Calendar.Errors.Length} error(s)", "a calendar cannot be read, so a freeze may hold: correct the file");
            yield break;
        }

        if (snapshot.Host is not { } host)
        {
            yield return Block("host-unknown", snapshot.Job.Host, "the plant file has no such host: correct the job or the plant file");
            yield break;
        }

        var calendar = HostCalendar.Of(host, snapshot.Plant, snapshot.Calendar);
        var holding = calendar.Freezes.Where(freeze => freeze.Range.Contains(snapshot.Now)).ToList();
        if (holding.Count == 0)
        {
            yield return Pass("no-freeze", "none", "no freeze holds");
            yield break;
        }

        var last = holding.MaxBy(freeze => freeze.Range.End);
        yield return Block(
            "freeze", "until " + Words.Time(last.Range.End, calendar.Zone), $"'{last.Rule.Title}' freezes {last.Rule.Scope} ({last.Rule.Where})", expectedClearing: last.Range.End);
    }
}
