using System.Collections.Immutable;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Features.EmergencyStop;
using PatchEdge.Scheduler.Features.Hosts;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Features.Lines;
using PatchEdge.Scheduler.Features.Waivers;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Messaging;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Storage.Lease;
using PatchEdge.Scheduler.Training;

namespace PatchEdge.Scheduler.Features.Overview;

/// <summary>Takes what pages show. Thread-safe.</summary>
internal sealed class SiteQueries(
    PlantModel plant, SnapshotTaker snapshots, VerdictHistory history, RunMemory memory, LineQueries lines, HostQueries hosts, JobQueries jobs,
    WaiverQueries waivers, JobFolder folder, CalendarShelf calendars, TrainingShelf training, LedgerHealth ledger, Leadership leadership, AgentLink link)
{
    public async Task<SiteView> TakeAsync(CancellationToken cancellation)
    {
        var all = await jobs.ListAsync(cancellation);
        var site = await snapshots.TakeAsync(cancellation);
        var verdicts = ImmutableDictionary.CreateBuilder<string, ImmutableArray<Verdict>>(StringComparer.Ordinal);
        var shown = all.Select(job => job.Run).ToHashSet(StringComparer.Ordinal);
        foreach (var id in shown)
            if (site.Runs.Find(id) is { } run)
                verdicts[run.JobId] = [.. history.Stamp(run.Id, Gate.Evaluate(site.Of(run, memory.IsReady)), site.Now).OrderBy(verdict => verdict.Outcome)];
        return new SiteView
        {
            Site = plant.Site,
            At = site.Now,
            Lines = lines.List(),
            Hosts = hosts.Hosts(),
            Gateways = hosts.Gateways(),
            Jobs = all,
            Verdicts = verdicts.ToImmutable(),
            Waivers = await waivers.ListAsync(cancellation),
            Stop = new EmergencyStopView(site.EmergencyStop.Active, site.EmergencyStop.By, site.EmergencyStop.Reason, site.EmergencyStop.Since),
            Problems = [.. Problems(site)],
            Leadership = Health.LeadershipView.Of(leadership, known: true),
            FileErrors = [.. folder.Errors, .. calendars.Current.Errors, .. training.Current.Errors],
        };
    }

    private IEnumerable<string> Problems(SiteSnapshot site)
    {
        if (leadership.Problem is { } nobody)
            yield return nobody;
        if (ledger.Fault is { } fault)
            yield return fault;
        if (site.Health.ClockFault is { } clock)
            yield return clock;
        if (!link.IsConnected)
            yield return "the broker is not connected: nothing is heard from gateways and agents";
    }
}
