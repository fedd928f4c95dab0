using System.Collections.Immutable;
using PatchEdge.Plant.Files;
using PatchEdge.Scheduler.Features.EmergencyStop;
using PatchEdge.Scheduler.Features.Hosts;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Features.Lines;
using PatchEdge.Scheduler.Features.Waivers;
using PatchEdge.Scheduler.Planning;

namespace PatchEdge.Scheduler.Features.Overview;

/// <summary>Everything that open pages show, taken at one moment. Immutable, so all pages share it.</summary>
public sealed record SiteView
{
    public required string Site { get; init; }

    /// <summary>When it was taken, UTC; every age on a page counts up to here.</summary>
    public required DateTimeOffset At { get; init; }

    public required ImmutableArray<LineView> Lines { get; init; }

    public required ImmutableArray<HostView> Hosts { get; init; }

    public required ImmutableArray<GatewayView> Gateways { get; init; }

    /// <summary>Those that are not over first.</summary>
    public required ImmutableArray<JobView> Jobs { get; init; }

    /// <summary>Verdicts of every job that is not over, by its id, those that block first.</summary>
    public required ImmutableDictionary<string, ImmutableArray<Verdict>> Verdicts { get; init; }

    /// <summary>What people signed that counts or waits for a second person, the first to end first.</summary>
    public ImmutableArray<WaiverView> Waivers { get; init; } = [];

    public required EmergencyStopView Stop { get; init; }

    /// <summary>What keeps the scheduler itself from releasing anything.</summary>
    public required ImmutableArray<string> Problems { get; init; }

    /// <summary>Who leads, when schedulers share a database; null when this one is alone.</summary>
    public Health.LeadershipView? Leadership { get; init; }

    /// <summary>What is wrong with job files and calendars.</summary>
    public required ImmutableArray<ConfigurationError> FileErrors { get; init; }

    /// <summary>Verdicts of a job; empty when it is over.</summary>
    public ImmutableArray<Verdict> VerdictsOf(string job) => Verdicts.TryGetValue(job, out var verdicts) ? verdicts : [];
}
