using PatchEdge.Plant.Lines;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning.Coverage;
using PatchEdge.Scheduler.Planning.Indexes;

namespace PatchEdge.Scheduler.Planning.Gates.Lines;

internal sealed class LineIdleGate : LineGate
{
    private readonly Findings<(string Code, string Value, string Reason)> idle;
    private readonly Findings<(string Code, string Value, string Reason, DateTimeOffset? Expected, bool Doubt)> busy;

    public LineIdleGate()
        : base("line-none", "the plant file says that the host serves no line")
    {
        idle = new(found => Pass(found.Code, found.Value, found.Reason));
        busy = new(found => Block(found.Code, found.Value, found.Reason, found.Expected, found.Doubt));
    }

    public override string Name => "line-idle";

    public override string Rule => "Every line the host serves is proven idle by live evidence; unknown is never idle. A line that never stops is not asked to: its hosts are released on coverage, and only those that do nothing but watch it.";

    public override string Owner => "production";

    protected override Finding Judge(PlanningSnapshot snapshot, PlantHost host, PlantLine line)
    {
        if (line.Line.Idle is null)
            return JudgeAlwaysOn(snapshot, host, line);
        var proof = snapshot.Proofs.Of(line);
        var value = proof.Report?.Batch is { Length: > 0 } batch && proof.State != LineState.Unknown ? $"{proof.State}, batch {batch}" : Said(proof.State);
        if (proof.State == LineState.Idle)
            return idle.Of((proof.Code, value, proof.Reason));
        // Once a run is under way its line is held: settling then means that a gateway watches it anew, not that it has just stopped.
        var doubt = (proof.State == LineState.Unknown && !proof.SaysActive) || (proof.State == LineState.Settling && line.Line.HoldNodes is not null && snapshot.Run.State.MayAct);
        return busy.Of((proof.Code, value, proof.Reason, proof.State == LineState.Settling ? proof.Report?.ExpectedIdleAt : null, doubt));
    }

    /// <summary>Never idle, so only coverage can release its host, and only where that says all there is to say: where the host watches.</summary>
    private Finding JudgeAlwaysOn(PlanningSnapshot snapshot, PlantHost host, PlantLine line)
    {
        var groups = snapshot.Proofs.Tags.OfLine(line.Name);
        return groups.IsEmpty
            ? Block("line-always-on-unwatched", "always on", "this line never stops, and none of its tags is critical, so nothing could show that its monitoring is kept: mark them in the plant file")
            : groups.Any(group => group.RestsOn(host.Name))
                ? Pass("line-always-on", "always on", "this line never stops, and this host watches it: the coverage gate decides")
                : Block(
                    "line-always-on-served", "always on",
                    "this line never stops, and the plant file puts no server, gateway or historian that watches it on this host: what taking the host away does to the line is not known");
    }

    private static string Said(LineState state) => state switch
    {
        LineState.Unknown => nameof(LineState.Unknown),
        LineState.Active => nameof(LineState.Active),
        LineState.Settling => nameof(LineState.Settling),
        LineState.Idle => nameof(LineState.Idle),
        _ => state.ToString(),
    };
}
