using System.Collections.Immutable;
using PatchEdge.Plant.Model;
using PatchEdge.Plant.Time;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning.Fit;

namespace PatchEdge.Scheduler.Planning.Gates.Times;

internal sealed class WindowGate : RunGate
{
    private readonly Findings<(HostCalendar Calendar, DateTimeOffset Opens)> closed;
    private readonly Findings<(HostCalendar Calendar, DateTimeOffset Cutoff, NeededTime Needed, FitFacts Fit)> open;

    public WindowGate()
    {
        closed = new(next => Block("window-closed", "opens " + next.Calendar.Say(next.Opens), "no window is open", expectedClearing: next.Opens));
        open = new(found => Pass("window-open", OpenUntil(found.Calendar, found.Cutoff), $"open, and {found.Needed.Words(found.Fit)} fit"));
    }

    public override string Name => "window";

    public override string Rule => "A window is open in every layer that has any, and the job fits, with reboot, rollback and margin, before it closes, a freeze begins or the next planned batch does.";

    public override string Owner => "patch scheduler";

    public override bool Waivable => true;

    protected override Verdict Judge(PlanningSnapshot snapshot)
    {
        if (snapshot.Calendar.Errors is [var error, ..])
            return Block("calendar-broken", $"{snapshot.Calendar.Errors.Length} error(s)", $"a calendar cannot be read, so no window counts as open: {error}");
        return snapshot.Host is { } host
            ? Found(snapshot, host.Host, snapshot.Proofs.CalendarOf(host))
            : Block("host-unknown", snapshot.Job.Host, "the plant file has no such host: correct the job or the plant file");
    }

    private Finding Found(PlanningSnapshot snapshot, Host host, HostCalendar calendar)
    {
        var now = snapshot.Now;
        if (!calendar.HasWindows)
            return Block("window-none", "none", "no calendar has a window for this host: add one to the calendars directory");
        if (NeededTime.Of(snapshot.Job, host, snapshot.Durations, snapshot.Agent.Message) is not { } needed)
            return Block("duration-unknown", "unknown", "how long it takes is not known: give expected-duration in the job, or wait for its agent to name the procedure");
        var left = Left(snapshot.Run, needed.Total, now);
        if (calendar.WindowAt(now) is not { } window)
            return calendar.NextFit(now, left) is { } opens
                ? closed.Of((calendar, opens))
                : Block("window-closed", "none in the next months", $"no window of at least {needed.Words(snapshot.Job.Fit)} is in sight: add one to the calendars");

        if (Current(calendar.Batches, now) is { } batch && !snapshot.Run.State.MayAct)
            return Block(
                "batch-planned", "until " + calendar.Say(batch.Range.End), $"batch '{batch.Rule.Title}' is planned on {batch.Rule.Scope} now ({batch.Rule.Where}): correct the plan of batches if it is over",
                expectedClearing: calendar.NextFit(batch.Range.End, left));
        var (cutoff, ends) = Cutoff(calendar, window, now);
        if (now + left > cutoff)
            return Block("window-too-short", OpenUntil(calendar, cutoff), $"it needs {needed.Words(snapshot.Job.Fit)}, {Words.Span(cutoff - now)} are left before {Ends(ends)}", expectedClearing: calendar.NextFit(now, left));
        if (!snapshot.Run.State.Occupies && now < window.Start + snapshot.Job.Fit.Jitter
            && window.Start + StartJitter.Of(snapshot.Run.Id, window, snapshot.Job.Fit.Jitter, left) is var turn && now < turn && turn + left <= cutoff)
            return Block("window-jitter", "its turn is at " + calendar.Say(turn), "starts are spread over the beginning of the window, and this one's turn has not come", expectedClearing: turn);
        return open.Of((calendar, cutoff, needed, snapshot.Job.Fit));
    }

    private static string OpenUntil(HostCalendar calendar, DateTimeOffset cutoff) => "open until " + calendar.Say(cutoff);

    /// <summary>What ends the window first, from now on.</summary>
    private static (DateTimeOffset At, CalendarRule? Rule) Cutoff(HostCalendar calendar, TimeRange window, DateTimeOffset now)
    {
        (DateTimeOffset At, CalendarRule? Rule) cutoff = (window.End, null);
        if (Next(calendar.Freezes, now) is { } freeze && freeze.Range.Start < cutoff.At)
            cutoff = (freeze.Range.Start, freeze.Rule);
        if (Next(calendar.Batches, now) is { } batch && batch.Range.Start < cutoff.At)
            cutoff = (batch.Range.Start, batch.Rule);
        return cutoff;
    }

    private static string Ends(CalendarRule? rule) => rule switch
    {
        null => "the window closes",
        { Kind: CalendarKind.Freeze } => $"the freeze '{rule.Title}' begins",
        _ => $"batch '{rule.Title}' begins on {rule.Scope}",
    };

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
