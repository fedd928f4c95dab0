using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Planning.Indexes;

namespace PatchEdge.Scheduler.Planning;

/// <summary>What all gateways together prove about one line now. Pure.</summary>
/// <remarks>
/// Idle needs one gateway that proves it and none that contradicts: a gateway that is blind proves nothing and contradicts nothing,
/// so the loss of one of two redundant gateways does not stop a release, and the loss of all of them does. See <see cref="MergedWords"/>.
/// </remarks>
internal sealed record LineProof
{
    public required string Line { get; init; }

    public required LineState State { get; init; }

    /// <summary>Stable name of the reason.</summary>
    public required string Code { get; init; }

    /// <summary>Why, in an operator's words.</summary>
    public required string Reason { get; init; }

    /// <summary>The report that decided; null when there is none.</summary>
    public LineReport? Report { get; init; }

    /// <summary>How long ago the deciding report came in; null when there is none.</summary>
    public TimeSpan? ReportAge { get; init; }

    /// <summary>A gateway says on good evidence that the line works, contradicted or not.</summary>
    public bool SaysActive { get; init; }

    public static LineProof Judge(Line line, PlantModel plant, EvidenceSnapshot evidence) =>
        PlantIndex.Of(plant).Line(line.Name) is { } known ? Judge(known, plant, evidence) : Unwatched(line);

    /// <inheritdoc cref="Judge(Line, PlantModel, EvidenceSnapshot)"/>
    public static LineProof Judge(PlantLine line, PlantModel plant, EvidenceSnapshot evidence)
    {
        var said = line.Gateways.Select((gateway, place) => Weigh(line.Line, gateway, evidence.Report(line, place), plant, evidence)).ToList();
        if (said.Count == 0)
            return Unwatched(line.Line);

        var merged = MergedWords.Of([.. said.Select(proof => new LineWord(proof.Report?.Gateway ?? "", proof.State, proof.Report?.Batch))]);
        var decisive = said[merged.Decisive] with { SaysActive = merged.SaysActive };
        return merged.Contradiction is { } contradiction
            ? decisive with { State = merged.State, Code = "line-contradicted", Reason = contradiction }
            : decisive;
    }

    private static LineProof Weigh(Line line, GatewayNode gateway, Received<LineReport> report, PlantModel plant, EvidenceSnapshot evidence)
    {
        var status = evidence.Gateway(gateway.Name);
        if (!report.IsFresh)
            return Unknown(line, "line-evidence-" + Suffix(report.Standing), report.Doubt, report);
        if (!status.IsFresh)
            return Unknown(line, "line-gateway-" + Suffix(status.Standing), status.Doubt, report);
        if (!status.Message!.JournalWritable)
            return Unknown(line, "line-journal", $"gateway {gateway.Name} cannot write its journal: what it sees is not on record", report);
        var message = report.Message!;
        if (message.Boot != status.Message.Boot)
            return Unknown(line, "line-gateway-restarted", $"gateway {gateway.Name} has restarted since it reported", report);
        if (message.ConfigurationHash != plant.Hash)
            return Unknown(line, "line-configuration", $"gateway {gateway.Name} runs with another plant file than the scheduler: restart whichever has the old one", report);
        return new LineProof
        {
            Line = line.Name,
            State = message.State,
            Code = message.State switch
            {
                LineState.Unknown => "line-unknown",
                LineState.Active => "line-active",
                LineState.Settling => "line-settling",
                LineState.Idle => "line-idle",
                _ => "line-" + message.State.ToString().ToLowerInvariant(),
            },
            Reason = message.Reason,
            Report = message,
            ReportAge = report.Age,
        };
    }

    private static LineProof Unwatched(Line line) => Unknown(line, "line-unwatched", "no gateway watches it: name a gateway for its servers in the plant file");

    private static LineProof Unknown(Line line, string code, string reason, Received<LineReport>? report = null) => new()
    {
        Line = line.Name,
        State = LineState.Unknown,
        Code = code,
        Reason = reason,
        Report = report?.Message,
        ReportAge = report?.Message is null ? null : report.Age,
    };

    private static string Suffix(Standing standing) => standing.ToString().ToLowerInvariant();
}
