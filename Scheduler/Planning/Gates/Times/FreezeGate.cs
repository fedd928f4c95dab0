using PatchEdge.Scheduler.Calendars;

namespace PatchEdge.Scheduler.Planning.Gates.Times;

internal sealed class FreezeGate : RunGate
{
    private readonly Finding none;
    private readonly Findings<(CalendarRule Rule, DateTimeOffset Until, string Said)> frozen;

    public FreezeGate()
    {
        none = Pass("no-freeze", "none", "no freeze holds");
        frozen = new(freeze => Block("freeze", "until " + freeze.Said, $"'{freeze.Rule.Title}' freezes {freeze.Rule.Scope} ({freeze.Rule.Where})", expectedClearing: freeze.Until));
    }

    public override string Name => "freeze";

    public override string Rule => "No freeze holds for the host, its lines, their areas or the site; a freeze beats a window.";

    public override string Owner => "patch scheduler";

    public override bool Waivable => true;

    protected override Verdict Judge(PlanningSnapshot snapshot)
    {
        if (snapshot.Calendar.Errors.Length > 0)
            return Block("calendar-broken", $"{snapshot.Calendar.Errors.Length} error(s)", "a calendar cannot be read, so a freeze may hold: correct the file");
        if (snapshot.Host is not { } host)
            return Block("host-unknown", snapshot.Job.Host, "the plant file has no such host: correct the job or the plant file");

        var calendar = snapshot.Proofs.CalendarOf(host);
        CalendarRule? rule = null;
        var until = snapshot.Now;
        foreach (var freeze in calendar.Freezes)
        {
            if (freeze.Range.Start > snapshot.Now)
                break;
            if (freeze.Range.End > until)
                (until, rule) = (freeze.Range.End, freeze.Rule);
        }

        return rule is null ? none : frozen.Of((rule, until, calendar.Say(until)));
    }
}
