using System.Collections.Immutable;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution.Holds;
using PatchEdge.Scheduler.Planning;

namespace PatchEdge.Scheduler.Features.Lines;

/// <summary>A line as all its gateways together prove it now.</summary>
public sealed record LineView
{
    public required string Name { get; init; }

    public required string Area { get; init; }

    /// <summary>It never stops, so it is never idle.</summary>
    public required bool AlwaysOn { get; init; }

    public required LineState State { get; init; }

    public required string Reason { get; init; }

    /// <summary>Since when the deciding gateway has said so, UTC; null when none is believed.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The batch on the line; null when unknown or when the line has none.</summary>
    public string? Batch { get; init; }

    public DateTimeOffset? ExpectedIdleAt { get; init; }

    /// <summary>Evidence is unbroken up to this moment, UTC; null when there is none.</summary>
    public DateTimeOffset? ProvenUntil { get; init; }

    /// <summary>Milliseconds since the deciding report came in; null when there is none.</summary>
    public double? ReportAgeMs { get; init; }

    /// <summary>The gateway that decided; null when there is none.</summary>
    public string? Gateway { get; init; }

    public required ImmutableArray<ConditionReport> Conditions { get; init; }

    /// <summary>What keeps it from starting for a run; null when nothing does.</summary>
    public LineHoldView? Hold { get; init; }

    /// <summary>Hosts that serve it.</summary>
    public required ImmutableArray<string> Hosts { get; init; }
}

/// <summary>A line's hold, as the scheduler has it on record.</summary>
/// <param name="Run">Whose hold it is.</param>
/// <param name="Token">The token it was asked with.</param>
/// <param name="Stage"><c>Asked</c>, <c>Granted</c> or <c>Releasing</c>.</param>
/// <param name="Since">When it was asked, UTC.</param>
/// <param name="Until">When it may expire at the earliest, UTC; the line stays inhibited beyond it.</param>
/// <param name="Expired">It has: people must look.</param>
public sealed record LineHoldView(string Run, long Token, string Stage, DateTimeOffset Since, DateTimeOffset Until, bool Expired);

/// <summary>Lines as the evidence proves them now. Thread-safe.</summary>
internal sealed class LineQueries(PlantModel plant, EvidenceBoard board, HoldBoard holds)
{
    public ImmutableArray<LineView> List()
    {
        var evidence = board.Snapshot();
        return [.. plant.Lines.Select(line => View(line, LineProof.Judge(line, plant, evidence))), .. Former()];
    }

    /// <summary>Lines that left the plant file while they were held: they are shown until they are free.</summary>
    private IEnumerable<LineView> Former() => holds.Holds
        .Where(hold => plant.LineNamed(hold.Line) is null).DistinctBy(hold => hold.Line)
        .Select(hold => new LineView
        {
            Name = hold.Line,
            Area = "",
            AlwaysOn = false,
            State = LineState.Unknown,
            Reason = $"this line is no longer in the plant file and is still held for {hold.RunId}: its gateway is asked to free it once the run is over; "
                + "if that does not end, free it at its controller, or put it back into the gateway's plant file until it is free",
            Conditions = [],
            Hold = View(hold),
            Hosts = [],
        });

    private static LineHoldView View(HoldFacts hold) => new(hold.RunId, hold.Token, hold.Stage.ToString(), hold.Since, hold.Until, hold.Expired);

    private LineView View(Line line, LineProof proof)
    {
        var believed = proof.State != LineState.Unknown || proof.Code == "line-unknown";
        return new LineView
        {
            Name = line.Name,
            Area = line.Area,
            AlwaysOn = line.Idle is null,
            State = proof.State,
            Reason = proof.Reason,
            Since = believed ? proof.Report?.Since : null,
            Batch = believed ? proof.Report?.Batch : null,
            ExpectedIdleAt = believed ? proof.Report?.ExpectedIdleAt : null,
            ProvenUntil = proof.Report?.ProvenUntil,
            ReportAgeMs = proof.ReportAge?.TotalMilliseconds,
            Gateway = proof.Report?.Gateway,
            Conditions = proof.Report?.Conditions ?? [],
            Hold = holds.Holds.Where(hold => hold.Line == line.Name).Select(View).FirstOrDefault(),
            Hosts = [.. plant.Hosts.Where(host => host.Lines.Contains(line.Name)).Select(host => host.Name)],
        };
    }
}
