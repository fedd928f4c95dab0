using PatchEdge.Plant.Lines;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;

namespace PatchEdge.Scheduler.Planning.Gates;

internal sealed class LineIdleGate : Gate
{
    public override string Name => "line-idle";

    public override string Rule => "Every line the host serves is proven idle by live evidence; unknown is never idle.";

    public override string Owner => "production";

    protected override IEnumerable<Verdict> Judge(PlanningSnapshot snapshot)
    {
        if (snapshot.Host is not { } host)
        {
            yield return Block("host-unknown", snapshot.Job.Host, "the plant file has no such host, so its lines are not known: correct the job or the plant file");
            yield break;
        }

        foreach (var name in host.Lines)
            yield return Judge(snapshot, name);
    }

    private Verdict Judge(PlanningSnapshot snapshot, string name)
    {
        if (snapshot.Plant.LineNamed(name) is not { } line)
            return Block("line-unknown", "not in the plant file", "the plant file has no such line: correct it", name);
        if (line.Idle is null)
            return Block(
                "line-always-on", "always on",
                "this line never stops, so it can never be proven idle; its hosts can be released only on proof that its monitoring is kept, which this version does not give", name);
        var proof = LineProof.Judge(line, snapshot.Plant, snapshot.Evidence);
        var value = proof.Report?.Batch is { Length: > 0 } batch && proof.State != LineState.Unknown ? $"{proof.State}, batch {batch}" : proof.State.ToString();
        // Once a run is under way its line is held: settling then means that a gateway watches it anew, not that it has just stopped.
        var doubt = proof.State == LineState.Unknown || (proof.State == LineState.Settling && line.HoldNodes is not null && snapshot.Run.State.MayAct);
        return proof.State == LineState.Idle
            ? Pass(proof.Code, value, proof.Reason, name)
            : Block(proof.Code, value, proof.Reason, name, proof.State == LineState.Settling ? proof.Report?.ExpectedIdleAt : null, doubt);
    }
}
