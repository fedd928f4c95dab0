using System.Collections.Immutable;
using CsCheck;
using PatchEdge.Plant.Model;
using PatchEdge.Plant.Time;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Planning.Plans;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Planning.Plans;

/// <summary>Each property is one rule that every slot of every plan must keep, judged without the planner's own means.</summary>
public sealed class PlannerTests
{
    private const int Worlds = 400;

    [Fact]
    public void Every_job_has_one_slot_or_a_reason() => PlanWorld.Inputs.Sample(inputs =>
    {
        var plan = Planner.Plan(inputs);
        return plan.Slots.Select(slot => slot.Job).Concat(plan.Unplaced.Select(item => item.Job)).Order().SequenceEqual(inputs.Jobs.Select(job => job.Job.Id).Order())
            && plan.Unplaced.All(item => item.Reasons.All(reason => reason.Length > 0) && !item.Reasons.IsEmpty);
    }, iter: Worlds);

    [Fact]
    public void Slot_lies_in_a_window_of_every_layer_that_has_any_and_clear_of_freezes_and_batches() => PlanWorld.Inputs.Sample(inputs =>
        Planner.Plan(inputs).Slots.All(slot =>
        {
            var host = inputs.Plant.Hosts.Single(item => item.Name == slot.Host);
            var range = new TimeRange(slot.Start, slot.End);
            var rules = inputs.Calendar.Rules.Where(rule => Applies(rule.Scope, host)).ToList();
            // Minute by minute, as nobody would compute it.
            var layers = rules.Where(rule => rule.Kind == CalendarKind.Window).GroupBy(rule => rule.Scope).ToList();
            var covered = layers.Count > 0 && Minutes(range).All(minute => layers.All(layer => layer.Any(rule => rule.Occurrences.Any(window => window.Contains(minute)))));
            return covered && rules.Where(rule => rule.Kind != CalendarKind.Window).All(rule => !rule.Occurrences.Any(occasion => occasion.Overlaps(range)))
                && slot.Start >= inputs.From && slot.End <= inputs.To;
        }), iter: Worlds);

    [Fact]
    public void No_two_slots_share_a_host_a_line_or_a_redundancy_group_at_once() => PlanWorld.Inputs.Sample(inputs =>
    {
        var slots = Planner.Plan(inputs).Slots;
        return Pairs(slots).All(pair => !Range(pair.Left).Overlaps(Range(pair.Right))
            || (pair.Left.Host != pair.Right.Host && !pair.Left.Lines.Intersect(pair.Right.Lines).Any() && (Group(pair.Left) is not { } group || group != Group(pair.Right))));

        string? Group(PlanSlot slot) => inputs.Plant.Hosts.Single(host => host.Name == slot.Host).Group;
    }, iter: Worlds);

    [Fact]
    public void Never_more_hosts_are_under_way_than_the_site_and_the_campaign_allow() => PlanWorld.Inputs.Sample(inputs =>
    {
        var slots = Planner.Plan(inputs).Slots;
        return slots.All(slot => slots.Count(other => Range(other).Contains(slot.Start)) <= inputs.Concurrency
            && slots.Count(other => other.Campaign is not null && Range(other).Contains(slot.Start)) <= (inputs.Campaigns.IsEmpty ? 0 : inputs.Campaigns[0].Concurrency));
    }, iter: Worlds);

    [Fact]
    public void Later_wave_begins_after_enough_of_the_earlier_could_succeed_and_soak() => PlanWorld.Inputs.Sample(inputs =>
    {
        if (inputs.Campaigns is not [{ Waves.Length: 2 } campaign])
            return true;
        var slots = Planner.Plan(inputs).Slots;
        var ends = slots.Where(slot => slot.Wave == "canary").Select(slot => slot.End).Order().ToList();
        var canary = campaign.Waves[0];
        return slots.Where(slot => slot.Wave == "rest").All(slot =>
            ends.Count >= canary.Needed && slot.Start >= ends[canary.Needed - 1] + inputs.VerifyFor + canary.Soak);
    }, iter: Worlds);

    [Fact]
    public void Line_that_is_expected_to_be_busy_is_left_alone_until_then() => PlanWorld.Inputs.Sample(inputs =>
        Planner.Plan(inputs).Slots.All(slot => slot.Lines.All(line => !inputs.Forecasts.TryGetValue(line, out var idle) || slot.Start >= idle)), iter: Worlds);

    [Fact]
    public void Every_window_before_the_slot_is_refused_with_a_reason() => PlanWorld.Inputs.Sample(inputs =>
        Planner.Plan(inputs).Slots.All(slot =>
        {
            var host = inputs.Plant.Hosts.Single(item => item.Name == slot.Host);
            var before = HostCalendar.Of(host, inputs.Plant, inputs.Calendar).Windows.Where(window => window.End > inputs.From && window.End <= slot.Start).ToList();
            return before.Select(window => window.Start).SequenceEqual(slot.Refused.Select(refused => refused.Start))
                && slot.Refused.All(refused => !refused.Reasons.IsEmpty);
        }), iter: Worlds);

    [Fact]
    public void Order_of_inputs_changes_neither_plan_nor_hashes() => Gen.Select(PlanWorld.Inputs, Gen.Int[0, 1_000_000]).Sample((inputs, seed) =>
    {
        var random = new Random(seed);
        var shuffled = inputs with
        {
            Jobs = [.. inputs.Jobs.OrderBy(_ => random.Next())],
            Calendar = inputs.Calendar with { Rules = [.. inputs.Calendar.Rules.OrderBy(_ => random.Next())] },
        };
        var (one, other) = (Planner.Plan(inputs), Planner.Plan(shuffled));
        return one.Hash == other.Hash && one.InputsHash == other.InputsHash && Plan.Read(one.Canonical).Hash == one.Hash;
    }, iter: Worlds);

    [Fact]
    public void Any_other_input_has_another_hash() => PlanWorld.Inputs.Sample(inputs =>
    {
        var hash = inputs.Hash();
        return hash != (inputs with { To = inputs.To.AddMinutes(1) }).Hash()
            && hash != (inputs with { Concurrency = 99 }).Hash()
            && hash != (inputs with { Jobs = inputs.Jobs.SetItem(0, inputs.Jobs[0] with { Priority = 7 }) }).Hash()
            && hash != (inputs with { Plant = inputs.Plant with { Hash = "other" } }).Hash()
            && hash != (inputs with { Forecasts = inputs.Forecasts.SetItem("L2", inputs.From.AddMinutes(1)) }).Hash();
    }, iter: 50);

    /// <summary>Taking anything out of the way never makes the first job in line start later.</summary>
    [Fact]
    public void First_in_line_gets_the_earliest_start_there_is() => PlanWorld.Inputs.Sample(inputs =>
    {
        var first = inputs.Jobs.Order(Comparer<PlannedJob>.Create(Planner.Compare)).First();
        if (first.Job.Fit.Jitter > TimeSpan.Zero || Planner.Plan(inputs).SlotOf(first.Job.Id) is not { } slot)
            return true;
        var host = inputs.Plant.Hosts.Single(item => item.Name == slot.Host);
        var hours = HostCalendar.Of(host, inputs.Plant, inputs.Calendar);
        var bound = slot.Lines.Where(inputs.Forecasts.ContainsKey).Select(line => inputs.Forecasts[line]).Append(inputs.From).Max();
        return slot.Start == hours.NextFit(bound, first.Needed!.Total);
    }, iter: Worlds);

    [Fact]
    public void Unknown_duration_unknown_host_and_broken_calendar_are_told()
    {
        var inputs = PlanWorld.Inputs.Single();
        var job = inputs.Jobs[0] with { Job = inputs.Jobs[0].Job with { Campaign = null } };

        Assert.Contains("duration", Why(inputs with { Jobs = [job with { Needed = null }] }), StringComparison.Ordinal);
        Assert.Contains("no such host", Why(inputs with { Jobs = [job with { Job = job.Job with { Host = "gone" } }] }), StringComparison.Ordinal);
        Assert.Contains("cannot be read", Why(inputs with { Jobs = [job], Calendar = inputs.Calendar with { Errors = [new PatchEdge.Plant.Files.ConfigurationError("x.ics", 3, "DTEND", null, "is wrong")] } }), StringComparison.Ordinal);

        static string Why(PlanInputs inputs) => Assert.Single(Assert.Single(Planner.Plan(inputs).Unplaced).Reasons);
    }

    private static bool Applies(CalendarScope scope, Host host) => scope.Layer switch
    {
        CalendarLayer.Site => true,
        CalendarLayer.Area => !host.Lines.IsEmpty,
        CalendarLayer.Line => host.Lines.Contains(scope.Name),
        _ => scope.Name == host.Name,
    };

    private static IEnumerable<DateTimeOffset> Minutes(TimeRange range)
    {
        for (var at = range.Start; at < range.End; at = at.AddMinutes(1))
            yield return at;
    }

    private static TimeRange Range(PlanSlot slot) => new(slot.Start, slot.End);

    private static IEnumerable<(PlanSlot Left, PlanSlot Right)> Pairs(ImmutableArray<PlanSlot> slots) =>
        slots.SelectMany((left, index) => slots.Skip(index + 1).Select(right => (left, right)));
}
