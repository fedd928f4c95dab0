using System.Collections.Immutable;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning.Fit;
using PatchEdge.Scheduler.Planning.Indexes;
using PatchEdge.Scheduler.Planning.Waves;
using PatchEdge.Scheduler.Training;

namespace PatchEdge.Scheduler.Planning;

/// <summary>Everything known at one moment; gives each run's <see cref="PlanningSnapshot"/>. Immutable.</summary>
internal sealed record SiteSnapshot
{
    /// <summary>UTC.</summary>
    public required DateTimeOffset Now { get; init; }

    public required PlantModel Plant { get; init; }

    /// <summary>By id.</summary>
    public required ImmutableDictionary<string, JobFacts> Jobs { get; init; }

    /// <summary>Every run that is not over.</summary>
    public required RunIndex Runs { get; init; }

    /// <inheritdoc cref="PlanningSnapshot.Holds"/>
    public required ImmutableArray<HoldFacts> Holds { get; init; }

    /// <inheritdoc cref="PlanningSnapshot.AdvisoryRelease"/>
    public required bool AdvisoryRelease { get; init; }

    /// <inheritdoc cref="PlanningSnapshot.Durations"/>
    public PastDurations Durations { get; init; } = PastDurations.None;

    /// <summary>Campaigns with a job that is not over, by id.</summary>
    public ImmutableDictionary<string, CampaignFacts> Campaigns { get; init; } = ImmutableDictionary<string, CampaignFacts>.Empty;

    /// <inheritdoc cref="PlanningSnapshot.Training"/>
    public TrainingFacts Training { get; init; } = TrainingFacts.NotAsked;

    /// <inheritdoc cref="PlanningSnapshot.Concurrency"/>
    public int Concurrency { get; init; } = int.MaxValue;

    public required EvidenceSnapshot Evidence { get; init; }

    public required CalendarFacts Calendar { get; init; }

    public required EmergencyStopFacts EmergencyStop { get; init; }

    public required HealthFacts Health { get; init; }

    private SharedProofs Proofs => field is { } known && known.AreOf(Plant, Evidence, Calendar, Runs, Holds) ? known : field = new SharedProofs(Plant, Evidence, Calendar, Runs, Holds);

    /// <summary>What this run's gates may look at, among runs that are ready as <paramref name="ready"/> says.</summary>
    public PlanningSnapshot Of(RunFacts run, Func<string, bool> ready) => new()
    {
        Durations = Durations,
        Jobs = Jobs,
        Campaign = run.Campaign is { } campaign ? Campaigns.GetValueOrDefault(campaign) : null,
        Training = Training,
        Concurrency = Concurrency,
        Now = Now,
        Plant = Plant,
        Job = run.Job ?? Jobs[run.JobId],
        Run = run,
        Others = OtherRuns.Of(Runs, run.Id, ready),
        Holds = Holds,
        AdvisoryRelease = AdvisoryRelease,
        Evidence = Evidence,
        Calendar = Calendar,
        EmergencyStop = EmergencyStop,
        Health = Health,
        Proofs = Proofs,
    };
}
