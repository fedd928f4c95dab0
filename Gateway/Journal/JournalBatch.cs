using System.Text.Json;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Continuity.Runs;
using PatchEdge.Gateway.Journal.Blocks;
using PatchEdge.Gateway.Journal.Storage;
using PatchEdge.Gateway.Repair;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Journal;

/// <summary>What one turn of the pipeline produced, in the order in which a reader shall find it: readings, gaps, line reports, coverage, health, attestation.</summary>
internal sealed class JournalBatch : JournalWork, IDisposable
{
    /// <summary>Bytes of readings before compression, from which on a commit costs little beside them.</summary>
    private const int WorthACommit = 256 * 1024;

    private readonly List<PendingAcknowledgement> acknowledgements = [];

    /// <summary>When the batch was closed.</summary>
    public Moment At { get; set; }

    public ReadingBlock Readings { get; } = new();

    public List<Gap> Gaps { get; } = [];

    /// <summary>Gaps that are over and may be repaired from history.</summary>
    public List<RepairRow> Pending { get; } = [];

    /// <summary>Patch runs that began or ended to hold a line.</summary>
    public List<RunSpan> Runs { get; } = [];

    public List<LineReport> Lines { get; } = [];

    public List<CoverageRecord> Coverage { get; } = [];

    public HealthRecord? Health { get; set; }

    public AttestedSpan? Attestation { get; set; }

    /// <summary>By server, empty for the gateway's own life: up to where it is proven.</summary>
    public Dictionary<string, Moment> Evidence { get; } = [];

    /// <summary>Values from history, together with what they make of their gaps: durable at once, or not at all.</summary>
    public RepairPortion Repairs { get; } = new();

    public bool IsEmpty =>
        Readings.Length == 0 && Repairs.IsEmpty && Pending.Count == 0 && Runs.Count == 0 && Gaps.Count == 0 && Lines.Count == 0 && Coverage.Count == 0 && Health is null && Attestation is null
        && Evidence.Count == 0 && acknowledgements.Count == 0;

    /// <summary>It holds nothing but a few readings, and nobody waits for it but the server that will be told: more may join them before the next tick.</summary>
    public bool MayGather =>
        Readings.Length is > 0 and < WorthACommit && Repairs.IsEmpty && Gaps.Count == 0 && Pending.Count == 0 && Runs.Count == 0 && Lines.Count == 0;

    public override bool MayWait => Readings.Length > 0 || !Repairs.IsEmpty;

    public override int Weight => Readings.Length + Repairs.Weight + (400 * (Gaps.Count + Coverage.Count)) + (200 * Pending.Count) + (2000 * Lines.Count) + 256;

    /// <summary>Tells the server, once this batch is durable, that it need not keep the notification.</summary>
    public void AcknowledgeWhenDurable(Action<uint, int> acknowledge, uint sequenceNumber, int epoch) =>
        acknowledgements.Add(new PendingAcknowledgement(acknowledge, sequenceNumber, epoch));

    /// <summary>It was taken out of another one whose readings wait: that it is durable says nothing about them.</summary>
    public bool IsPart { get; private init; }

    /// <summary>
    /// Moves all but the readings, and how far they prove the servers, into a batch of its own, which may use the reserve of a journal that is full.
    /// </summary>
    public JournalBatch TakeUrgent()
    {
        var urgent = new JournalBatch { At = At, Health = Health, Attestation = Attestation, IsPart = true };
        (Health, Attestation) = (null, null);
        urgent.Gaps.AddRange(Gaps);
        urgent.Pending.AddRange(Pending);
        urgent.Runs.AddRange(Runs);
        urgent.Lines.AddRange(Lines);
        urgent.Coverage.AddRange(Coverage);
        if (Evidence.Remove("", out var alive))
            urgent.Evidence[""] = alive;
        Gaps.Clear();
        Pending.Clear();
        Runs.Clear();
        Lines.Clear();
        Coverage.Clear();
        return urgent;
    }

    public override void Write(JournalStore store)
    {
        if (Readings.Length > 0)
            store.Append(JournalKind.Readings, At, Readings.Count, Readings.Written);
        if (Gaps.Count > 0)
            store.Append(JournalKind.Gaps, At, Gaps.Count, JsonSerializer.SerializeToUtf8Bytes([.. Gaps], JournalJson.Default.GapArray));
        foreach (var gap in Gaps)
            store.Put(gap);
        foreach (var row in Pending)
            store.Put(row);
        Repairs.Write(store, At);
        foreach (var span in Runs)
            store.Put(span);
        if (Lines.Count > 0)
            store.Append(JournalKind.Lines, At, Lines.Count, JsonSerializer.SerializeToUtf8Bytes([.. Lines], JournalJson.Default.LineReportArray));
        if (Coverage.Count > 0)
            store.Append(JournalKind.Coverage, At, Coverage.Count, JsonSerializer.SerializeToUtf8Bytes([.. Coverage], JournalJson.Default.CoverageRecordArray));
        if (Health is { } health)
            store.Append(JournalKind.Health, At, 1, JsonSerializer.SerializeToUtf8Bytes(health, JournalJson.Default.HealthRecord));
        if (Attestation is { } attested)
        {
            store.Append(JournalKind.Attestation, At, 1, attested.Body);
            store.Put(attested);
        }

        foreach (var (server, proven) in Evidence)
            store.PutEvidence(server, proven);
    }

    public override void Committed()
    {
        foreach (var pending in acknowledgements)
            pending.Acknowledge(pending.SequenceNumber, pending.Epoch);
        acknowledgements.Clear();
        base.Committed();
        Dispose();
    }

    public void Dispose()
    {
        Readings.Dispose();
        Repairs.Dispose();
    }

    private readonly record struct PendingAcknowledgement(Action<uint, int> Acknowledge, uint SequenceNumber, int Epoch);
}
