using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution.Clocks;
using PatchEdge.Scheduler.Execution.Holds;
using PatchEdge.Scheduler.Execution.Permits;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Training;

namespace PatchEdge.Scheduler.Execution;

/// <summary>Takes the snapshots that gates judge: database, evidence, calendars and health, all at one moment. Thread-safe.</summary>
internal sealed class SnapshotTaker(
    RunBook book,
    SchedulerOptions options,
    PlantModel plant,
    EvidenceBoard evidence,
    CalendarShelf calendars,
    LedgerHealth ledger,
    ClockWatch clock,
    PermitSigner signer,
    StopSwitch stopSwitch,
    RunMemory memory,
    HoldBoard holds,
    TrainingShelf training,
    TimeProvider time)
{
    /// <summary>It costs the same however many runs and hosts there are, but for what was written since the last.</summary>
    public async Task<SiteSnapshot> TakeAsync(CancellationToken cancellation)
    {
        var page = await book.ReadAsync(cancellation);
        var now = time.GetUtcNow();
        return new SiteSnapshot
        {
            Now = now,
            Plant = plant,
            Jobs = page.Jobs,
            Runs = page.Runs,
            Holds = holds.Show([.. page.Holds.SelectMany(pair => Facts(pair.Key, pair.Value, now))]),
            AdvisoryRelease = options.AdvisoryRelease,
            Durations = page.Durations,
            Campaigns = page.Campaigns.Facts,
            Training = training.Current,
            Concurrency = options.Concurrency,
            Evidence = evidence.Snapshot(),
            Calendar = calendars.Current,
            EmergencyStop = stopSwitch.Pressed ?? page.Stop,
            Health = new HealthFacts(ledger.Fault, clock.Look(), signer.Thumbprint),
        };
    }

    private IEnumerable<HoldFacts> Facts(string run, RunHolds held, DateTimeOffset now)
    {
        // Whichever clock runs ahead decides; one that went back to before the hold decides nothing, and counts as expired.
        var expired = now >= held.Until || now < held.Since - options.ClockLimit || memory.HeldFor(run) >= TimeSpan.FromMilliseconds(held.DurationMs);
        return held.Lines.Select(line => new HoldFacts(run, line.Line, held.Token, line.Stage, line.Epoch, held.Since, held.Until, expired) { GrantedAt = line.ReadAt })
            .Concat(held.Strays.Select(stray => new HoldFacts(run, stray.Line, stray.Token, HoldStage.Releasing, null, held.Since, held.Until, false)));
    }
}
