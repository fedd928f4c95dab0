using System.Collections.Immutable;
using CsCheck;
using PatchEdge.Plant.Model;
using PatchEdge.Plant.Time;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Planning.Fit;
using PatchEdge.Scheduler.Planning.Plans;
using PatchEdge.Scheduler.Planning.Waves;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Planning.Plans;

/// <summary>Random plants, calendars and jobs to plan, small enough to check every slot against every rule.</summary>
internal static class PlanWorld
{
    public static readonly DateTimeOffset From = Facts.Now;
    public static readonly DateTimeOffset To = From.AddDays(10);

    private static readonly Gen<TimeRange> Span = Gen.Select(Gen.Int[0, 239], Gen.Int[1, 20], (hour, hours) => new TimeRange(From.AddHours(hour), From.AddHours(hour + hours)));

    private static readonly Gen<CalendarScope> Scope = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 2]).Select((layer, number) => layer switch
    {
        0 => new CalendarScope(CalendarLayer.Site, ""),
        1 => new CalendarScope(CalendarLayer.Line, $"L{number}"),
        2 => new CalendarScope(CalendarLayer.Area, "A"),
        _ => new CalendarScope(CalendarLayer.Host, $"h{number}"),
    });

    private static readonly Gen<CalendarRule> Window = Gen.Select(Scope, Span.Array[1, 8], (scope, spans) => Rule(CalendarKind.Window, scope, [.. HostCalendar.Union(spans)]));
    private static readonly Gen<CalendarRule> Freeze = Gen.Select(Scope, Span.Array[0, 2], (scope, spans) => Rule(CalendarKind.Freeze, scope, spans));
    private static readonly Gen<CalendarRule> Batch = Gen.Select(Gen.Int[0, 2], Span.Array[0, 3], (line, spans) => Rule(CalendarKind.Batch, new CalendarScope(CalendarLayer.Line, $"L{line}"), spans));

    private static readonly Gen<PlannedJob> Job = Gen.Select(Gen.Int[0, 7], Gen.Int[10, 400], Gen.Int[-1, 1], Gen.Int[0, 300], Gen.Int[0, 90]).Select((host, minutes, priority, due, jitter) => new PlannedJob
    {
        Job = Facts.Open.Job with { Host = $"h{host}", Fit = new FitFacts { Jitter = TimeSpan.FromMinutes(jitter) } },
        RunId = "",
        Priority = priority,
        Due = due > 240 ? null : From.AddHours(due),
        Needed = new NeededTime(TimeSpan.FromMinutes(minutes), TimeSpan.FromMinutes(minutes), ""),
    });

    public static readonly Gen<PlanInputs> Inputs = Gen.Select(
        Gen.Select(Window.Array[1, 3], Freeze.Array[0, 2], Batch.Array[0, 2]),
        Job.Array[1, 10], Gen.Int[1, 4], Gen.Int[0, 40].Select(hour => hour > 20 ? (DateTimeOffset?)null : From.AddHours(hour)), Gen.Int[0, 4], Gen.Int[50, 100],
        (calendar, jobs, concurrency, forecast, firstWave, success) => Build([.. calendar.Item1, .. calendar.Item2, .. calendar.Item3], jobs, concurrency, forecast, firstWave, success));

    private static PlanInputs Build(CalendarRule[] rules, PlannedJob[] jobs, int concurrency, DateTimeOffset? forecast, int campaignJobs, int success)
    {
        var plant = TestPlant.Model with
        {
            Areas = [new Area { Name = "A", Lines = [.. Enumerable.Range(0, 3).Select(number => TestPlant.Model.Areas[0].Lines[0] with { Name = $"L{number}", Area = "A" })] }],
            Hosts = [.. Enumerable.Range(0, 8).Select(number => new Host
            {
                Name = $"h{number}",
                Class = "hmi",
                Lines = number == 7 ? [] : number % 4 == 3 ? ["L0", "L1"] : [$"L{number % 3}"],
                Group = number is 4 or 5 ? "pair" : null,
            })],
        };
        // The first so many jobs are a campaign of two waves; a host is in it once.
        var members = jobs.Take(campaignJobs).DistinctBy(job => job.Job.Host).ToList();
        var placed = jobs.Select((job, index) => members.IndexOf(job) is var member and >= 0
            ? job with { Job = job.Job with { Id = $"C-{index}", Campaign = "C", Wave = member < (members.Count + 1) / 2 ? 0 : 1 }, Priority = 0, Due = null, RunId = $"C-{index}.1" }
            : job with { Job = job.Job with { Id = $"J-{index}" }, RunId = $"J-{index}.1" }).ToImmutableArray();
        var waves = placed.Where(job => job.Job.Campaign is not null).GroupBy(job => job.Job.Wave).OrderBy(group => group.Key).Select(group => new WaveFacts
        {
            Name = group.Key == 0 ? "canary" : "rest",
            Success = success,
            Soak = TimeSpan.FromHours(12),
            Jobs = [.. group.Select(job => new WaveJob(job.Job.Id, job.Job.Host, RunState.Requested, From))],
        }).ToImmutableArray();
        return new PlanInputs
        {
            From = From,
            To = To,
            Plant = plant,
            Jobs = placed,
            Campaigns = waves.IsEmpty ? [] : [new CampaignFacts { Id = "C", ContentHash = "c", Concurrency = 1, HaltAfter = 1, Waves = waves }],
            Calendar = new CalendarFacts([.. rules], [], new TimeRange(From.AddDays(-8), From.AddDays(400))),
            Concurrency = concurrency,
            VerifyFor = TimeSpan.FromMinutes(5),
            Forecasts = forecast is { } idle ? ImmutableDictionary<string, DateTimeOffset>.Empty.Add("L0", idle) : ImmutableDictionary<string, DateTimeOffset>.Empty,
        };
    }

    private static CalendarRule Rule(CalendarKind kind, CalendarScope scope, TimeRange[] spans) => new()
    {
        Kind = kind,
        Scope = scope,
        Title = kind.ToString(),
        Where = "test.ics:1",
        Zone = "Europe/Berlin",
        Occurrences = [.. spans.OrderBy(span => span.Start)],
    };
}
