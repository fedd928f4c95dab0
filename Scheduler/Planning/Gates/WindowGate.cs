using System.Collections.Immutable;
using PatchEdge.Plant.Time;

namespace PatchEdge.Scheduler.Planning.Gates;

internal sealed class WindowGate : Gate
{
    public override string Name => "window";

    public override string Rule => "A window is open in every layer that has any, and the job fits before it closes or a freeze begins.";

    public override string Owner => "patch scheduler";

    public override bool Waivable => true;

    protected override IEnumerable<Verdict> Judge(PlanningSnapshot snapshot)
    {
        if (snapshot.Calendar.Errors is [var error, ..])
            yield return Block("calendar-broken", $"{snapshot.Calendar.Errors.Length} error(s)", $"a calendar cannot be read, so no window counts as open: {error}");
        else if (snapshot.Host is not { } host)
            yield return Block("host-unknown", snapshot.Job.Host, "the plant file has no such host: correct the job or the plant file");
        else
            yield return Judge(snapshot, HostCalendar.Of(host, snapshot.Plant, snapshot.Calendar), Remaining(snapshot));
    }

    private Verdict Judge(PlanningSnapshot snapshot, HostCalendar calendar, TimeSpan? remaining)
    {
        var now = snapshot.Now;
        if (!calendar.HasWindows)
            return Block("window-none", "none", "no calendar has a window for this host: add one to the calendars directory");
        if (remaining is not { } needed)
            return Block("duration-unknown", "unknown", "how long it takes is not known: give expected-duration in the job, or wait for its agent to name the procedure");
        var next = NextThatFits(calendar.Windows, now, needed);
        if (calendar.Windows.Where(range => range.Contains(now)).Cast<TimeRange?>().FirstOrDefault() is not { } window)
            return Block(
                "window-closed",
                next is { } opens ? "opens " + Words.Time(opens, calendar.Zone) : "none in the next months",
                next is null ? $"no window of at least {Words.Span(needed)} is in sight: add one to the calendars" : "no window is open",
                expectedClearing: next);

        var freeze = calendar.Freezes.Where(item => item.Range.Start > now && item.Range.Start < window.End).Select(item => (DateTimeOffset?)item.Range.Start).FirstOrDefault();
        var cutoff = freeze ?? window.End;
        var until = "open until " + Words.Time(cutoff, calendar.Zone);
        return now + needed <= cutoff
            ? Pass("window-open", until, $"open, and {Words.Span(needed)} fit")
            : Block("window-too-short", until, $"it needs {Words.Span(needed)}, {Words.Span(cutoff - now)} are left before the {(freeze is null ? "window closes" : "freeze begins")}", expectedClearing: next);
    }

    /// <summary>What the run still needs; null when nobody knows.</summary>
    private static TimeSpan? Remaining(PlanningSnapshot snapshot)
    {
        var expected = snapshot.Job.ExpectedDuration
            ?? snapshot.Evidence.Agent(snapshot.Job.Host).Message?.Procedures
                .Where(procedure => procedure.Name == snapshot.Job.Procedure)
                .Select(procedure => (TimeSpan?)TimeSpan.FromMilliseconds(Math.Clamp(procedure.LongestMs, 0, 7 * 86_400_000L)))
                .FirstOrDefault();
        if (snapshot.Run.ExecutingSince is not { } since || expected is not { } whole)
            return expected;
        var left = whole - (snapshot.Now - since);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private static DateTimeOffset? NextThatFits(ImmutableArray<TimeRange> windows, DateTimeOffset now, TimeSpan needed) => windows
        .Where(range => range.Start > now && range.Duration >= needed)
        .Select(range => (DateTimeOffset?)range.Start)
        .FirstOrDefault();
}
