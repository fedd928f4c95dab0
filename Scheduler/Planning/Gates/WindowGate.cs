using System.Collections.Immutable;
using PatchEdge.Plant.Time;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning.Fit;

namespace PatchEdge.Scheduler.Planning.Gates;

internal sealed class WindowGate : Gate
{
    public override string Name => "window";

    public override string Rule => "A window is open in every layer that has any, and the job fits, with reboot, rollback and margin, before it closes, a freeze begins or the next planned batch does.";

    public override string Owner => "patch scheduler";

    public override bool Waivable => true;

    protected override IEnumerable<Verdict> Judge(PlanningSnapshot snapshot)
    {
        if (snapshot.Calendar.Errors is [var error, ..])
            return [Block("calendar-broken", $"{snapshot.Calendar.Errors.Length} error(s)", $"a calendar cannot be read, so no window counts as open: {error}")];
        return snapshot.Host is { } host
            ? [Judge(snapshot, HostCalendar.Of(host, snapshot.Plant, snapshot.Calendar))]
            : [Block("host-unknown", snapshot.Job.Host, "the plant file has no such host: correct the job or the plant file")];
    }

    private Verdict Judge(PlanningSnapshot snapshot, HostCalendar calendar)
    {
        var now = snapshot.Now;
        if (!calendar.HasWindows)
            return Block("window-none", "none", "no calendar has a window for this host: add one to the calendars directory");
        if (NeededTime.Of(snapshot.Job, snapshot.Host, snapshot.Durations, snapshot.Evidence.Agent(snapshot.Job.Host).Message) is not { } needed)
            return Block("duration-unknown", "unknown", "how long it takes is not known: give expected-duration in the job, or wait for its agent to name the procedure");
        var left = Left(snapshot.Run, needed.Total, now);
        if (calendar.WindowAt(now) is not { } window)
        {
            var next = calendar.NextFit(now, left);
            return Block(
                "window-closed",
                next is { } opens ? "opens " + calendar.Say(opens) : "none in the next months",
                next is null ? $"no window of at least {needed.Words(snapshot.Job.Fit)} is in sight: add one to the calendars" : "no window is open",
                expectedClearing: next);
        }

        if (Current(calendar.Batches, now) is { } batch && !snapshot.Run.State.MayAct)
            return Block(
                "batch-planned", "until " + calendar.Say(batch.Range.End), $"batch '{batch.Rule.Title}' is planned on {batch.Rule.Scope} now ({batch.Rule.Where}): correct the plan of batches if it is over",
                expectedClearing: calendar.NextFit(batch.Range.End, left));
        var (cutoff, ends) = Cutoff(calendar, window, now);
        var until = "open until " + calendar.Say(cutoff);
        if (now + left > cutoff)
            return Block("window-too-short", until, $"it needs {needed.Words(snapshot.Job.Fit)}, {Words.Span(cutoff - now)} are left before {ends}", expectedClearing: calendar.NextFit(now, left));
        if (!snapshot.Run.State.Occupies && snapshot.Job.Fit.Jitter > TimeSpan.Zero
            && window.Start + StartJitter.Of(snapshot.Run.Id, window, snapshot.Job.Fit.Jitter, left) is var turn && now < turn && turn + left <= cutoff)
            return Block("window-jitter", "its turn is at " + calendar.Say(turn), "starts are spread over the beginning of the window, and this one's turn has not come", expectedClearing: turn);
        return Pass("window-open", until, $"open, and {needed.Words(snapshot.Job.Fit)} fit");
    }

    /// <summary>What ends the window first, from now on.</summary>
    private static (DateTimeOffset At, string Ends) Cutoff(HostCalendar calendar, TimeRange window, DateTimeOffset now)
    {
        var (cutoff, ends) = (window.End, "the window closes");
        if (Next(calendar.Freezes, now) is { } freeze && freeze.Range.Start < cutoff)
            (cutoff, ends) = (freeze.Range.Start, $"the freeze '{freeze.Rule.Title}' begins");
        if (Next(calendar.Batches, now) is { } batch && batch.Range.Start < cutoff)
            (cutoff, ends) = (batch.Range.Start, $"batch '{batch.Rule.Title}' begins on {batch.Rule.Scope}");
        return (cutoff, ends);
    }

    private static TimeSpan Left(RunFacts run, TimeSpan whole, DateTimeOffset now)
    {
        if (run.ExecutingSince is not { } since)
            return whole;
        var left = whole - (now - since);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>The first that begins after the instant.</summary>
    private static (TimeRange Range, CalendarRule Rule)? Next(ImmutableArray<(TimeRange Range, CalendarRule Rule)> occasions, DateTimeOffset now)
    {
        foreach (var occasion in occasions)
            if (occasion.Range.Start > now)
                return occasion;
        return null;
    }

    private static (TimeRange Range, CalendarRule Rule)? Current(ImmutableArray<(TimeRange Range, CalendarRule Rule)> occasions, DateTimeOffset now)
    {
        foreach (var occasion in occasions)
        {
            if (occasion.Range.Start > now)
                return null;
            if (occasion.Range.Contains(now))
                return occasion;
        }

        return null;
    }
}
