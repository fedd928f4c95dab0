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
        return Known.TryGetValue(campaign, out var known) && known.IsOf(snapshot) ? known.Changes : LookAgain(plan, campaign, snapshot);
    }

    private static ImmutableArray<string> LookAgain(Plan plan, CampaignFacts campaign, PlanningSnapshot snapshot)
    {
        // A slot that has begun no longer depends on the calendar, so the answer holds until the next one begins.
        var until = plan.Slots.Where(slot => slot.Start > snapshot.Now).Select(slot => slot.Start).DefaultIfEmpty(DateTimeOffset.MaxValue).Min();
        var known = new Standing(snapshot.Plant, snapshot.Calendar, snapshot.Durations, snapshot.Now, until, Whole(plan, campaign, snapshot.Calendar), ImmutableDictionary<string, ImmutableArray<string>>.Empty);
        if (known.Whole is null)
            known = known.With(plan.Slots, plan, campaign, snapshot.Jobs);
        Known.AddOrUpdate(campaign, known);
        return known.Changes;
    }

    /// <summary>Takes what was found over to a campaign of which only some jobs are further on: only their slots are looked at again.</summary>
    /// <param name="before">The campaign as it was.</param>
    /// <param name="after">The same with those jobs further on.</param>
    /// <param name="moved">Those jobs.</param>
    /// <param name="jobs">They as they are now, those that are not over; by id.</param>
    public static void Carry(CampaignFacts before, CampaignFacts after, IEnumerable<string> moved, IReadOnlyDictionary<string, JobFacts> jobs)
    {
        if (after.Plan is { } plan && ReferenceEquals(before.Plan, plan) && before.ContentHash == after.ContentHash && Known.TryGetValue(before, out var known) && known.Whole is null)
            Known.AddOrUpdate(after, known.With(moved.Select(plan.SlotOf).OfType<PlanSlot>(), plan, after, jobs));
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
        if (Whole(plan, campaign, calendar) is { } whole)
            return [whole];
        return [.. plan.Slots.Where(slot => IsWaiting(campaign, slot.Job)).SelectMany(slot => Changes(slot, plant, calendar, durations, jobs?.GetValueOrDefault(slot.Job), now)).Take(Most)];
    }

    /// <summary>What voids all slots at once; null when nothing does.</summary>
    private static string? Whole(Plan plan, CampaignFacts campaign, CalendarFacts calendar) =>
        plan.CampaignContent is { } content && content != campaign.ContentHash ? "the campaign was changed"
        : calendar.Errors is [var error, ..] ? $"a calendar cannot be read: {error}"
        : null;

    private static bool IsWaiting(CampaignFacts campaign, string job) =>
        campaign.Find(job) is { State: null or RunState.Requested or RunState.Approved or RunState.Armed };

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

    /// <summary>What was found at one moment, by job.</summary>
    private sealed record Standing(
        PlantModel Plant, CalendarFacts Calendar, PastDurations Durations, DateTimeOffset Since, DateTimeOffset Until, string? Whole, ImmutableDictionary<string, ImmutableArray<string>> ByJob)
    {
        /// <summary>Up to twenty, of the jobs that are next.</summary>
        public ImmutableArray<string> Changes { get; private init; } = Whole is null ? [] : [Whole];

        public bool IsOf(PlanningSnapshot snapshot) =>
            ReferenceEquals(Plant, snapshot.Plant) && ReferenceEquals(Calendar, snapshot.Calendar) && Durations.SaysTheSame(snapshot.Durations)
            && snapshot.Now >= Since && snapshot.Now < Until;

        /// <summary>With these slots looked at again.</summary>
        public Standing With(IEnumerable<PlanSlot> slots, Plan plan, CampaignFacts campaign, IReadOnlyDictionary<string, JobFacts>? jobs)
        {
            var found = ByJob.ToBuilder();
            foreach (var slot in slots)
                if (IsWaiting(campaign, slot.Job) && PlanCheck.Changes(slot, Plant, Calendar, Durations, jobs?.GetValueOrDefault(slot.Job), Since).ToImmutableArray() is { IsEmpty: false } changes)
                    found[slot.Job] = changes;
                else
                    found.Remove(slot.Job);
            var byJob = found.ToImmutable();
            return this with { ByJob = byJob, Changes = [.. byJob.OrderBy(item => plan.SlotOf(item.Key)!.Start).ThenBy(item => item.Key, StringComparer.Ordinal).SelectMany(item => item.Value).Take(Most)] };
        }
    }
}
