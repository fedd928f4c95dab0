using System.Collections.Immutable;
using PatchEdge.Plant.Model;
using PatchEdge.Plant.Time;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Planning.Fit;
using PatchEdge.Scheduler.Planning.Waves;

namespace PatchEdge.Scheduler.Planning.Plans;

/// <summary>Gives every job the first slot in which nothing stands in its way. Pure and deterministic: no clock, no chance but the run's id, no order of its inputs.</summary>
/// <remarks>A plan decides nothing about a release: every gate is asked again at the time. What it cannot know, such as whether a line is idle then, it leaves to them.</remarks>
internal static class Planner
{
    /// <summary>Windows that were refused are told so far; their number is always told.</summary>
    private const int MostRefused = 60;

    /// <param name="inputs">What is known.</param>
    /// <param name="campaign">The campaign that the plan is for; null for the site's.</param>
    public static Plan Plan(PlanInputs inputs, CampaignFacts? campaign = null)
    {
        var taken = new TakenTimes(inputs);
        var waves = inputs.Campaigns.ToDictionary(item => item.Id, item => new WavePlan(item, inputs.VerifyFor), StringComparer.Ordinal);
        var slots = new List<PlanSlot>();
        var unplaced = new List<UnplacedJob>();
        foreach (var job in inputs.Jobs.Order(Comparer<PlannedJob>.Create(Compare)))
        {
            var wave = job.Job.Campaign is { } id ? waves.GetValueOrDefault(id) : null;
            var placed = Place(job, inputs, taken, wave);
            if (placed.Slot is { } slot)
            {
                slots.Add(slot);
                wave?.Placed(job.Job.Wave, slot.End);
            }
            else
            {
                unplaced.Add(placed.Unplaced!);
            }
        }

        return new Plan
        {
            Site = inputs.Plant.Site,
            From = inputs.From,
            To = inputs.To,
            InputsHash = inputs.Hash(),
            CampaignContent = campaign?.ContentHash,
            Slots = [.. slots.OrderBy(slot => slot.Start).ThenBy(slot => slot.Job, StringComparer.Ordinal)],
            Unplaced = [.. unplaced.OrderBy(item => item.Job, StringComparer.Ordinal)],
        };
    }

    /// <summary>Who is placed first: priority, due date, and of one campaign its waves in order.</summary>
    internal static int Compare(PlannedJob left, PlannedJob right)
    {
        if (left.Priority != right.Priority)
            return right.Priority.CompareTo(left.Priority);
        var due = (left.Due ?? DateTimeOffset.MaxValue).CompareTo(right.Due ?? DateTimeOffset.MaxValue);
        if (due != 0)
            return due;
        var campaign = string.CompareOrdinal(left.Job.Campaign ?? left.Job.Id, right.Job.Campaign ?? right.Job.Id);
        if (campaign != 0)
            return campaign;
        return left.Job.Wave != right.Job.Wave ? left.Job.Wave.CompareTo(right.Job.Wave) : string.CompareOrdinal(left.Job.Id, right.Job.Id);
    }

    private static (PlanSlot? Slot, UnplacedJob? Unplaced) Place(PlannedJob job, PlanInputs inputs, TakenTimes taken, WavePlan? waves)
    {
        var wave = waves?.NameOf(job.Job.Wave);
        if (inputs.Plant.HostNamed(job.Job.Host) is not { } host)
            return Refuse("the plant file has no such host: correct the job or the plant file");
        if (job.Needed is not { } needed)
            return Refuse("how long it takes is not known: give expected-duration in the job or in scheduler.yaml");
        if (inputs.Calendar.Errors is [var error, ..])
            return Refuse($"a calendar cannot be read, so no window counts: {error}");
        var calendar = HostCalendar.Of(host, inputs.Plant, inputs.Calendar);
        if (!calendar.HasWindows)
            return Refuse("no calendar has a window for this host: add one to the calendars directory");
        if (waves?.WhyClosed(job.Job.Wave) is { } closed)
            return Refuse(closed);

        var bounds = Bounds(job, host, inputs, waves);
        var refused = ImmutableArray.CreateBuilder<RefusedSlot>();
        var count = 0;
        for (var place = HostCalendar.FirstEndingAfter(calendar.Windows, inputs.From); place < calendar.Windows.Length && calendar.Windows[place].Start < inputs.To; place++)
        {
            var window = calendar.Windows[place];
            var reasons = new List<string>();
            if (Find(job, host, needed, window, calendar, inputs, taken, bounds, reasons) is { } start)
            {
                var end = start + needed.Total;
                taken.Take(new Reservation(job.Job.Id, host.Name, host.Lines, host.Group, job.Job.Campaign, new TimeRange(start, end)));
                return (new PlanSlot
                {
                    Job = job.Job.Id,
                    Host = host.Name,
                    Lines = [.. host.Lines.Order(StringComparer.Ordinal)],
                    Content = job.Job.ContentHash,
                    Campaign = job.Job.Campaign,
                    Wave = wave,
                    Start = start,
                    End = end,
                    Needs = needed.Words(job.Job.Fit),
                    Zone = calendar.Zone,
                    Late = end > job.Due,
                    Refused = refused.ToImmutable(),
                }, null);
            }

            if (++count <= MostRefused)
                refused.Add(new RefusedSlot(window.Start, window.End, [.. reasons.Distinct(StringComparer.Ordinal)]));
        }

        return Refuse(count == 0
            ? $"no window is open before {Words.Time(inputs.To, calendar.Zone)}: plan further ahead, or add one to the calendars"
            : $"none of {count} window(s) will do: {refused[0].Reasons.FirstOrDefault() ?? "too short"}");

        (PlanSlot?, UnplacedJob?) Refuse(string reason) =>
            (null, new UnplacedJob(job.Job.Id, job.Job.Host, job.Job.Campaign, wave, [reason], []));
    }

    /// <summary>What the job must not begin before, each with its reason.</summary>
    private static List<(DateTimeOffset Until, string Reason)> Bounds(PlannedJob job, Host host, PlanInputs inputs, WavePlan? waves)
    {
        var bounds = new List<(DateTimeOffset, string)>();
        if (job.Job.NotBefore is { } earliest)
            bounds.Add((earliest, $"not before {Words.Time(earliest)}"));
        if (job.RestUntil is { } rest)
            bounds.Add((rest, $"resting until {Words.Time(rest)}"));
        foreach (var line in host.Lines)
            if (inputs.Forecasts.TryGetValue(line, out var idle))
                bounds.Add((idle, $"line {line} is not expected to be idle before {Words.Time(idle)}"));
        if (waves?.OpensAt(job.Job.Wave) is { } opens)
            bounds.Add((opens, waves.WhyNotBefore(job.Job.Wave, opens)));
        return bounds;
    }

    /// <summary>The first start within the window at which nothing stands in the way; null, with every reason met on the way, when there is none.</summary>
    private static DateTimeOffset? Find(
        PlannedJob job, Host host, NeededTime needed, TimeRange window, HostCalendar calendar, PlanInputs inputs, TakenTimes taken,
        List<(DateTimeOffset Until, string Reason)> bounds, List<string> reasons)
    {
        var turn = window.Start + StartJitter.Of(job.RunId, window, job.Job.Fit.Jitter, needed.Total);
        var start = turn > inputs.From ? turn : inputs.From;
        var end = window.End < inputs.To ? window.End : inputs.To;
        if (end - start < needed.Total)
            reasons.Add($"too short: {Words.Span(end > start ? end - start : TimeSpan.Zero)} of it are left, {Words.Span(needed.Total)} are needed");
        var conflicts = new List<(DateTimeOffset Until, string Reason)>();
        while (start + needed.Total <= end)
        {
            conflicts.Clear();
            var range = new TimeRange(start, start + needed.Total);
            foreach (var bound in bounds)
                if (bound.Until > start)
                    conflicts.Add(bound);
            Overlapping(calendar.Freezes, range, "freeze", conflicts);
            Overlapping(calendar.Batches, range, "batch", conflicts);
            taken.Conflicts(new Reservation(job.Job.Id, host.Name, host.Lines, host.Group, job.Job.Campaign, range), conflicts);
            if (conflicts.Count == 0)
                return start;
            foreach (var (until, reason) in conflicts)
            {
                reasons.Add(reason);
                if (until > start)
                    start = until;
            }
        }

        if (reasons.Count > 0 && conflicts.Count > 0)
            reasons.Add($"{Words.Span(end > start ? end - start : TimeSpan.Zero)} are left after that, {Words.Span(needed.Total)} are needed");
        return null;
    }

    private static void Overlapping(ImmutableArray<(TimeRange Range, Calendars.CalendarRule Rule)> occasions, TimeRange range, string kind, List<(DateTimeOffset, string)> conflicts)
    {
        foreach (var (occasion, rule) in occasions)
        {
            if (occasion.Start >= range.End)
                break;
            if (occasion.Overlaps(range))
                conflicts.Add((occasion.End, $"{kind} '{rule.Title}' on {rule.Scope} until {Words.Time(occasion.End, rule.Zone)}"));
        }
    }
}
