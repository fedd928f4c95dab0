using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Holds;
using PatchEdge.Scheduler.Planning.Indexes;

namespace PatchEdge.Scheduler.Planning.Gates.Lines;

internal sealed class LineHeldGate : LineGate
{
    private readonly Finding free;
    private readonly Finding alwaysOn;

    public LineHeldGate()
        : base("hold-no-line", "the host serves no line that could start")
    {
        free = Pass("hold-free", "can be held", "the line is asked to refuse a start before the permit is signed");
        alwaysOn = Pass("hold-always-on", "always on", "this line never stops, so there is no start to refuse");
    }

    public override string Name => "line-held";

    public override string Rule => "Every line the host serves refuses to start while a permit lives: it can be held before, and is held from then on.";

    public override string Owner => "automation engineer";

    protected override Finding Judge(PlanningSnapshot snapshot, PlantHost host, PlantLine line) => line.Line switch
    {
        { Idle: null } => alwaysOn,
        { Hold: HoldMode.None } when snapshot.AdvisoryRelease => JudgeAdvisory(snapshot, line.Name),
        { Hold: HoldMode.None } => Block(
            "hold-none", "no hold", "this line cannot refuse to start while its host is patched: give its controller a hold and name it in the plant file, or set advisory-release in scheduler.yaml if a person stands by the line at every release"),
        { HoldNodes: null } => Block(
            "hold-unstated", "not stated", "the plant file does not say how this line is held: give its 'hold', or write 'hold: none' if it has none"),
        _ when snapshot.Run.State.Occupies => JudgeHeld(snapshot, line.Name, line.Line),
        _ => JudgeFree(snapshot, line),
    };

    private Finding JudgeAdvisory(PlanningSnapshot snapshot, string line)
    {
        var signed = snapshot.Run.Waivers.Where(waiver => waiver.Kind == WaiverKind.StandBy && waiver.Subject == line).MaxBy(waiver => waiver.Until);
        if (signed?.Counts(snapshot.Now) == true)
            return Pass("hold-advisory", $"{signed.By[0]} until {Words.Time(signed.Until)}", $"nothing but {signed.By[0]}, who signed to stand by it, keeps this line from starting");
        // Who signed may sign again while the agent waits: want of a person is a doubt, not evidence against the run.
        return signed is null
            ? Block("hold-nobody", "nobody", "this line cannot refuse to start: an operator must stand by it and sign so on the job's page", doubt: snapshot.Run.State.MayAct)
            : Block("hold-stand-by-over", "since " + Words.Time(signed.Until), $"{signed.By[0]} signed to stand by it until {Words.Time(signed.Until)}: an operator must sign anew", doubt: snapshot.Run.State.MayAct);
    }

    private Finding JudgeHeld(PlanningSnapshot snapshot, string line, Line known) =>
        snapshot.Holds.FirstOrDefault(hold => hold.RunId == snapshot.Run.Id && hold.Line == line) switch
        {
            null => Block("hold-missing", "not held", "no hold of this line is on record for this run: it is not safe to go on"),
            var hold when hold.Token != snapshot.Run.Token => Block("hold-token", $"token {hold.Token}", $"it is held with token {hold.Token}, this run's is {snapshot.Run.Token}"),
            { Stage: HoldStage.Asked } hold => Block("hold-asked", $"asked with token {hold.Token}", "its controller has been asked and has not answered", doubt: true),
            { Stage: HoldStage.Releasing } hold => Block("hold-releasing", $"token {hold.Token}", "its hold is being cleared"),
            { Expired: true } hold => Block(
                "hold-expired", "expired " + Words.Time(hold.Until), "its hold has lasted longer than it was asked for: the line stays inhibited, and nothing more is released under it"),
            var hold when HoldContradiction.Find(hold, known, snapshot.Plant, snapshot.Evidence) is { } shown => Block(
                "hold-overwritten", shown.Token == 0 ? "shows no hold" : $"shows token {shown.Token}",
                $"gateway {shown.Gateway} sees that its controller no longer shows token {hold.Token}: somebody overwrote the hold at the equipment; see who, and keep the line from starting"),
            var hold => Pass("hold-granted", $"held with token {hold.Token}", $"the line refuses to start; its hold lasts until {Words.Time(hold.Until)} at least"),
        };

    private Finding JudgeFree(PlanningSnapshot snapshot, PlantLine line)
    {
        if (snapshot.Proofs.HoldOf(line.Name) is { } hold)
            return JudgeTaken(hold, line.Line);
        var holders = line.Holders;
        foreach (var gateway in holders)
            if (snapshot.Evidence.Gateway(gateway.Name).IsFresh)
                return free;
        return holders.IsEmpty
            ? Block("hold-no-gateway", "no gateway", $"no gateway is connected to server {line.Line.HoldNodes!.Server}, which holds this line: give it one in the plant file")
            : Block("hold-gateway-silent", "not reached", $"the line cannot be asked to refuse a start: {snapshot.Evidence.Gateway(holders[0].Name).Doubt}", doubt: true);
    }

    private Finding JudgeTaken(HoldFacts hold, Line line) => hold.Stage == HoldStage.Releasing
        ? Block("hold-releasing", $"token {hold.Token} of {hold.RunId}", $"the hold of {hold.RunId} is being cleared, and its controller has not been heard to be free: look at server {line.HoldNodes!.Server} if this lasts", doubt: true)
        : Block("hold-taken", $"token {hold.Token} of {hold.RunId}", $"it is held for {hold.RunId}: wait for its end, or settle it");
}
