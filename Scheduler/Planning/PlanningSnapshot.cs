using System.Collections.Immutable;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning.Fit;
using PatchEdge.Scheduler.Planning.Indexes;
using PatchEdge.Scheduler.Planning.Waves;
using PatchEdge.Scheduler.Training;

namespace PatchEdge.Scheduler.Planning;

/// <summary>Everything that gates may look at, taken at one moment. Immutable: the same snapshot gives the same verdicts for ever.</summary>
internal sealed record PlanningSnapshot
{
    /// <summary>UTC.</summary>
    public required DateTimeOffset Now { get; init; }

    public required PlantModel Plant { get; init; }

    public required JobFacts Job { get; init; }

    /// <summary>Every job of the site whose run is not over, by id; null where only this one is known.</summary>
    public IReadOnlyDictionary<string, JobFacts>? Jobs { get; init; }

    public required RunFacts Run { get; init; }

    /// <summary>Every other run that is not over.</summary>
    public required OtherRuns Others { get; init; }

    /// <summary>Every hold of any run, also of one that is over whose line was not yet heard to be free.</summary>
    public ImmutableArray<HoldFacts> Holds { get; init; } = [];

    /// <summary>The site lets hosts of lines that cannot be held be patched while a person stands by.</summary>
    public bool AdvisoryRelease { get; init; }

    /// <summary>What two people signed so that calendar and approvals do not count; null when nothing that counts now.</summary>
    public WaiverFacts? BrokenGlass => Run.Waivers.IsEmpty ? null : Run.Waivers.FirstOrDefault(waiver => waiver.Kind == WaiverKind.BreakGlass && waiver.Counts(Now));

    /// <summary>How long procedures took so far.</summary>
    public PastDurations Durations { get; init; } = PastDurations.None;

    /// <summary>The campaign that the job belongs to; null for a job of its own.</summary>
    public CampaignFacts? Campaign { get; init; }

    /// <summary>Who is trained for what, and what the site asks.</summary>
    public TrainingFacts Training { get; init; } = TrainingFacts.NotAsked;

    /// <summary>How many hosts of the site may be under way at once.</summary>
    public int Concurrency { get; init; } = int.MaxValue;

    public required EvidenceSnapshot Evidence { get; init; }

    public required CalendarFacts Calendar { get; init; }

    public required EmergencyStopFacts EmergencyStop { get; init; }

    public required HealthFacts Health { get; init; }

    /// <summary>What follows from all this for more runs than this one, shared with those that were asked about at the same moment.</summary>
    /// <remarks>A copy with anything else in it works out its own.</remarks>
    public SharedProofs Proofs
    {
        get => field is { } known && known.AreOf(Plant, Evidence, Calendar, Others.All, Holds) ? known : field = new SharedProofs(Plant, Evidence, Calendar, Others.All, Holds);
        init;
    }

    /// <summary>The job's host; null when the plant file no longer has it.</summary>
    public PlantHost? Host => Looked.Host;

    /// <summary>The newest word of that host's agent.</summary>
    public Received<AgentStatus> Agent => Looked.Agent;

    /// <summary>Looked for once, since gate after gate asks for the same host. A copy with anything else in it looks anew.</summary>
    private JobHost Looked => field is { } known && known.IsOf(Job, Plant, Evidence) ? known : field = JobHost.Find(Job, Run, Plant, Evidence, Proofs);
}

/// <summary>A job as gates see it.</summary>
internal sealed record JobFacts
{
    public required string Id { get; init; }

    public required string Host { get; init; }

    public required string Procedure { get; init; }

    public required string PatchDigest { get; init; }

    public required string ContentHash { get; init; }

    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>What the job or the site says; null takes the installed procedure's longest.</summary>
    public TimeSpan? ExpectedDuration { get; init; }

    /// <summary>How long critical tags may be without any path for this job, part of what approvals sign; null when they may not at all.</summary>
    public TimeSpan? GapBudget { get; init; }

    /// <summary>What was measured of it, and what is added.</summary>
    public FitFacts Fit { get; init; } = FitFacts.Bare;

    /// <summary>The only procedure digest that the site accepts; null accepts the one pinned at arming.</summary>
    public string? RequiredProcedureDigest { get; init; }

    public required string RequestedBy { get; init; }

    /// <summary>The campaign it belongs to; null for a job of its own.</summary>
    public string? Campaign { get; init; }

    /// <summary>Which of the campaign's waves, from 0.</summary>
    public int Wave { get; init; }

    public required int ApprovalsRequired { get; init; }

    public required ImmutableArray<ApprovalFact> Approvals { get; init; }
}

/// <param name="By">Who.</param>
/// <param name="ContentHash">Over which content.</param>
/// <param name="At">When, UTC.</param>
internal sealed record ApprovalFact(string By, string ContentHash, DateTimeOffset At);

/// <summary>A run as gates see it.</summary>
internal sealed record RunFacts
{
    public required string Id { get; init; }

    public required string JobId { get; init; }

    public required string Host { get; init; }

    /// <summary>The plant's host of that name, when it was looked for: a short cut for whoever judges a hundred thousand, who still compares plant and name.</summary>
    public PlantHost? Place { get; init; }

    /// <summary>What it carries out; null where only the run is known.</summary>
    public JobFacts? Job { get; init; }

    /// <summary>Lines that its host serves.</summary>
    public required ImmutableArray<string> Lines { get; init; }

    public required RunState State { get; init; }

    public required int Priority { get; init; }

    /// <summary>When it is due, UTC; null when nothing presses.</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>Its other gates are open and its agent has been asked: it goes first if its priority is higher.</summary>
    public bool Ready { get; init; }

    /// <summary>The campaign that its job belongs to; null when none.</summary>
    public string? Campaign { get; init; }

    /// <summary>Fencing token of its release intent; null while it waits.</summary>
    public long? Token { get; init; }

    public string? ProcedureDigest { get; init; }

    public DateTimeOffset? RestUntil { get; init; }

    /// <summary>When the agent accepted the permit, UTC; null before.</summary>
    public DateTimeOffset? ExecutingSince { get; init; }

    public bool StopRequested { get; init; }

    /// <summary>What people signed about it, also what is over.</summary>
    public ImmutableArray<WaiverFacts> Waivers { get; init; } = [];
}

/// <param name="Active">No new permits and no go-aheads.</param>
/// <param name="By">Who pressed or released it last.</param>
/// <param name="Reason">Why.</param>
/// <param name="Since">Since when, UTC; null when it never was pressed.</param>
internal sealed record EmergencyStopFacts(bool Active, string By, string Reason, DateTimeOffset? Since);

/// <param name="LedgerFault">Why the ledger cannot be written or does not verify; null when it is sound.</param>
/// <param name="ClockFault">Why the scheduler's own clock cannot be trusted; null when it can.</param>
/// <param name="SigningKeyThumbprint">Thumbprint of the key that signs permits.</param>
internal sealed record HealthFacts(string? LedgerFault, string? ClockFault, string SigningKeyThumbprint);
