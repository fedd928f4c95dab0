using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using PatchEdge.Plant.Model;
using PatchEdge.Plant.Time;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning.Fit;
using PatchEdge.Scheduler.Planning.Waves;

namespace PatchEdge.Scheduler.Planning.Plans;

/// <summary>Tells whether a plan still rests on what is true. One material change makes all of it void: its approval was for the whole. Pure.</summary>
/// <remarks>
/// Material is what a person who approved it would want to be asked about again: other waves or hosts, another patch, a host that serves other
/// lines, a slot that has not begun and is no longer free of freezes, batches and closed windows, or that a job has outgrown. Not material
/// is what leaves every slot as it was, such as a window elsewhere, a new comment, or a slot that passed unused.
/// </remarks>
internal static class PlanCheck
{
    private const int Most = 20;
    private static readonly ConditionalWeakTable<CampaignFacts, Standing> Known = [];

    /// <summary>Why the campaign's plan is void; empty while it holds. Looked into anew only when something changed that it rests on.</summary>
    public static ImmutableArray<string> VoidReasons(CampaignFacts campaign, PlanningSnapshot snapshot)
    {
        if (campaign.Plan is not { } plan)
            return [];
        if (Known.TryGetValue(campaign, out var known) && known.IsOf(snapshot))
            return known.Changes;
        // A slot that has begun no longer depends on the calendar, so the answer holds until the next one begins.
        var until = plan.Slots.Where(slot => slot.Start > snapshot.Now).Select(slot => slot.Start).DefaultIfEmpty(DateTimeOffset.MaxValue).Min();
        known = new Standing(
            snapshot.Plant, snapshot.Calendar, snapshot.Durations, snapshot.Now, until,
            Changes(plan, campaign, snapshot.Plant, snapshot.Calendar, snapshot.Durations, snapshot.Jobs, snapshot.Now));
        Known.AddOrUpdate(campaign, known);
        return known.Changes;
    }

    /// <summary>Every material change since the plan was made, up to twenty.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="campaign">Its campaign as it is now.</param>
    /// <param name="plant">The plant as it is now.</param>
    /// <param name="calendar">The calendars as they are now.</param>
    /// <param name="durations">What is measured by now.</param>
    /// <param name="jobs">The campaign's jobs that are not over, by id; null leaves their content out.</param>
    /// <param name="now">UTC.</param>
    public static ImmutableArray<string> Changes(
        Plan plan, CampaignFacts campaign, PlantModel plant, CalendarFacts calendar, PastDurations durations, IReadOnlyDictionary<string, JobFacts>? jobs, DateTimeOffset now)
    {
        if (plan.CampaignContent is { } content && content != campaign.ContentHash)
            return ["the campaign was changed"];
        if (calendar.Errors is [var error, ..])
            return [$"a calendar cannot be read: {error}"];
        var waiting = campaign.Waves.SelectMany(wave => wave.Jobs).Where(job => job.State is null or RunState.Requested or RunState.Approved or RunState.Armed).Select(job => job.Id).ToHashSet(StringComparer.Ordinal);
        return [.. plan.Slots.Where(slot => waiting.Contains(slot.Job)).SelectMany(slot => Changes(slot, plant, calendar, durations, jobs?.GetValueOrDefault(slot.Job), now)).Take(Most)];
    }

    private static IEnumerable<string> Changes(PlanSlot slot, PlantModel plant, CalendarFacts calendar, PastDurations durations, JobFacts? job, DateTimeOffset now)
    {
        if (plant.HostNamed(slot.Host) is not { } host)
        {
            yield return $"{slot.Host} is no longer in the plant file";
            yield break;
        }

        if (!host.Lines.Order(StringComparer.Ordinal).SequenceEqual(slot.Lines))
            yield return $"{slot.Host} serves {Words(host.Lines)} now, not {Words(slot.Lines)}";
        if (job is not null && job.ContentHash != slot.Content)
            yield return $"{slot.Job} was changed";
        if (job is not null && NeededTime.Of(job, host, durations, null) is { } needed && needed.Total > slot.End - slot.Start)
            yield return $"{slot.Job} needs {Planning.Words.Span(needed.Total)} by now, its slot has {Planning.Words.Span(slot.End - slot.Start)}";
        if (slot.Start <= now)
            yield break;
        var range = new TimeRange(slot.Start, slot.End);
        var hours = HostCalendar.Of(host, plant, calendar);
        if (hours.WindowAt(slot.Start) is not { } window || !window.Contains(range))
            yield return $"no window is open throughout the slot of {slot.Host} at {Planning.Words.Time(slot.Start, slot.Zone)}";
        foreach (var (occasion, rule) in hours.Freezes.Concat(hours.Batches).Where(item => item.Range.Overlaps(range)))
            yield return $"{(rule.Kind == CalendarKind.Freeze ? "freeze" : "batch")} '{rule.Title}' lies over the slot of {slot.Host} at {Planning.Words.Time(slot.Start, slot.Zone)}";
    }

    private static string Words(ImmutableArray<string> lines) => lines.IsEmpty ? "no line" : string.Join(", ", lines);

    private sealed record Standing(PlantModel Plant, CalendarFacts Calendar, PastDurations Durations, DateTimeOffset Since, DateTimeOffset Until, ImmutableArray<string> Changes)
    {
        public bool IsOf(PlanningSnapshot snapshot) =>
            ReferenceEquals(Plant, snapshot.Plant) && ReferenceEquals(Calendar, snapshot.Calendar) && ReferenceEquals(Durations, snapshot.Durations)
            && snapshot.Now >= Since && snapshot.Now < Until;
    }
}
