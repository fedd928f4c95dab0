using PatchEdge.Gateway.Acquisition;
using PatchEdge.Gateway.Continuity.Digests;
using PatchEdge.Gateway.Delivery;
using PatchEdge.Gateway.Journal;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Continuity.Stage;

/// <summary>What the stage says at a fixed pace: evidence each second, the account of each minute, health, attestations, and the heartbeat.</summary>
internal sealed class StageReports
{
    private static readonly TimeSpan EvidencePace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HealthPace = TimeSpan.FromSeconds(10);

    private readonly List<CoverageRow> rows = [];
    private StageInput input;
    private readonly JournalWriter journal;
    private readonly ILiveReports live;
    private readonly ContinuityFold fold;
    private readonly ServerFacts[] servers;
    private readonly CoverageWindows windows;
    private readonly AttestationChain chain;
    private readonly CoverageDigests digests;
    private Moment nextEvidence;
    private Moment nextHealth;
    private Moment nextAttestation;
    private Moment nextHeartbeat;
    private Moment nextDigest;

    public StageReports(
        StageInput input, JournalWriter journal, ILiveReports live, ContinuityFold fold, ServerFacts[] servers, CoverageWindows windows, Moment start, JournalBatch first)
    {
        (this.input, this.journal, this.live, this.fold, this.servers, this.windows) = (input, journal, live, fold, servers, windows);
        digests = new CoverageDigests(input, fold);
        var last = input.Recovery.LastAttestation;
        chain = new AttestationChain(input.Plant.Site, input.Options.Name, last.Sequence, last.Hash, last.End ?? start);
        // The earlier process lived a little longer than its last attestation: its heartbeat in the journal says so.
        if (input.Recovery.Alive is { } alive)
            first.Attestation = chain.Attest(alive, Facts());
        chain.Resume(start);
        nextAttestation = start + input.Options.AttestationPace;
        nextHealth = start + HealthPace;
    }

    /// <summary>Attests what was watched up to now under the plant as it was, then takes the other over: no attestation speaks of two.</summary>
    /// <param name="next">What is watched from now on.</param>
    /// <param name="now">Now.</param>
    /// <param name="batch">Has no attestation yet.</param>
    public void Revise(StageInput next, Moment now, JournalBatch batch)
    {
        PutEvidence(now, batch);
        batch.Attestation = chain.Attest(AttestableUntil(now), Facts());
        nextAttestation = now + next.Options.AttestationPace;
        nextHeartbeat = now;
        input = next;
    }

    /// <summary>Why the newest plant file is not the one that is in force; null when it is.</summary>
    public string? ConfigurationTrouble { get; set; }

    public long Notifications { get; set; }

    public long Readings { get; set; }

    /// <summary>Values whose source time equals the one before of the same tag: a historian keyed by time would keep only one.</summary>
    public long SameSourceTime { get; set; }

    /// <summary>Values that were read from history after a gap.</summary>
    public long Backfilled { get; set; }

    public IReadOnlyList<SinkPump> Pumps { get; set; } = [];

    /// <summary>A gap opened or closed since the last digest: the next one is due at once.</summary>
    public bool CoverageChanged { get; set; }

    public void Tick(Moment now, JournalBatch batch)
    {
        if (now >= nextEvidence)
        {
            nextEvidence = now + EvidencePace;
            PutEvidence(now, batch);
        }

        windows.Report(now, rows);
        foreach (var row in rows)
            batch.Coverage.Add(Describe(row));
        rows.Clear();
        if (now >= nextHealth)
        {
            nextHealth = now + HealthPace;
            batch.Health = Health(now);
        }

        // One attestation goes into a batch; while a batch waits, the next one covers the longer span.
        if (now >= nextAttestation && batch.Attestation is null)
        {
            nextAttestation = now + input.Options.AttestationPace;
            batch.Attestation = chain.Attest(AttestableUntil(now), Facts());
        }

        if (now >= nextHeartbeat)
        {
            nextHeartbeat = now + input.Options.HeartbeatPace;
            live.Post(Status(now));
        }

        if (now >= nextDigest || CoverageChanged)
        {
            nextDigest = now + input.Options.ReportPace;
            CoverageChanged = false;
            live.Post(digests.Draw(now, Pumps.FirstOrDefault(pump => pump.Sink.Name == "influxdb")?.OldestUndelivered));
        }
    }

    /// <summary>Leaves nothing unsaid at the end.</summary>
    public void Finish(Moment now, JournalBatch batch)
    {
        PutEvidence(now, batch);
        batch.Health ??= Health(now);
        batch.Attestation ??= chain.Attest(AttestableUntil(now), Facts());
    }

    /// <summary>Says how far everything is proven, so that the next process knows where this one ended.</summary>
    public void PutEvidence(Moment now, JournalBatch batch)
    {
        batch.Evidence[""] = now;
        for (var server = 0; server < servers.Length; server++)
            if (fold.ProvenByServer(server) is { } proven)
                batch.Evidence[input.Table.Map.Servers[server]] = proven;
    }

    /// <summary>Up to here every tag is proven or named by a gap: the least that any healthy subscription has proven.</summary>
    private Moment AttestableUntil(Moment now)
    {
        for (var server = 0; server < servers.Length; server++)
            if (fold.ProvenByServer(server) is { } proven)
                now = Moment.Earlier(now, proven);
        return now;
    }

    private AttestedFacts Facts() => new(
        input.Boot, input.Plant.Hash, input.Table.Watched, Readings, journal.Readings, DeliveredReadings(), LargestOffset());

    /// <summary>Readings that every sink has; without a sink the journal is where they go.</summary>
    private long DeliveredReadings() => Pumps.Count == 0 ? journal.Readings : Math.Min(journal.Readings, Pumps.Min(pump => pump.DeliveredReadings));

    private double? LargestOffset() =>
        servers.Any(server => server.ClockOffset is not null) ? servers.Max(server => server.ClockOffset?.Duration().TotalMilliseconds) : null;

    private HealthRecord Health(Moment now)
    {
        var state = journal.Health;
        return new HealthRecord(
            now.ToDateTimeOffset(), Backlog(), Pumps.Count == 0 ? 0 : Pumps.Max(pump => pump.OldestUndelivered.TotalMilliseconds),
            Notifications, Readings, servers.Sum(server => server.Reconnects), SameSourceTime)
        {
            Backfilled = Backfilled,
            JournalBytes = state.UsedBytes,
            JournalMaximumBytes = state.MaximumBytes,
            DiskFreeBytes = state.DiskFreeBytes,
            ReserveHeld = state.ReserveHeld ? 1 : 0,
            JournalWritable = journal.Writable ? 1 : 0,
            LongestCommitMs = state.LongestCommit.TotalMilliseconds,
            Quarantined = state.Quarantined,
            Sinks = Pumps.ToDictionary(pump => pump.Sink.Name, pump => pump.Health),
            ClockOffsetsMs = servers.Select((server, index) => (Name: input.Table.Map.Servers[index], server.ClockOffset))
                .Where(pair => pair.ClockOffset is not null).ToDictionary(pair => pair.Name, pair => pair.ClockOffset!.Value.TotalMilliseconds),
        };
    }

    private long Backlog() => Pumps.Where(pump => pump.Sink.Name == "influxdb").Select(pump => pump.Backlog).FirstOrDefault();

    private GatewayStatus Status(Moment now) => new()
    {
        Site = input.Plant.Site,
        Gateway = input.Options.Name,
        Boot = input.Boot,
        Online = true,
        At = now.ToDateTimeOffset(),
        ValidForMs = (int)(input.Options.HeartbeatPace * 3).TotalMilliseconds,
        ConfigurationHash = input.Plant.Hash,
        ConfigurationTrouble = ConfigurationTrouble,
        JournalWritable = journal.Writable,
        JournalBacklog = Backlog(),
        Servers =
        [
            .. servers.Select((server, index) => new ServerConnectionStatus(
                input.Table.Map.Servers[index], server.Connection, server.Monitored, server.Rejected, server.ClockOffset?.TotalMilliseconds)),
        ],
    };

    private CoverageRecord Describe(in CoverageRow row)
    {
        var place = input.Table.Map.Sources[row.Source];
        return new CoverageRecord(
            place.Tag, place.Line, input.Table.Map.Servers[input.Table.ServerOf(row.Source)], row.Start.ToDateTimeOffset(), row.ObservedMs, row.BackfilledMs, row.GapMs)
        {
            Samples = row.Counts?.Samples,
            Bad = row.Counts?.Bad,
            Overflow = row.Counts?.Overflow,
            LatencyP50Ms = row.Counts?.LatencyP50Ms,
            LatencyMaxMs = row.Counts?.LatencyMaxMs,
        };
    }
}
