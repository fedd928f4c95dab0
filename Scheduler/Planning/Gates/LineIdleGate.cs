using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning.Coverage;

namespace PatchEdge.Scheduler.Planning.Gates;

internal sealed class LineIdleGate : Gate
{
    public override string Name => "line-idle";

    public override string Rule => "Every line the host serves is proven idle by live evidence; unknown is never idle. A line that never stops is not asked to: its hosts are released on coverage, and only those that do nothing but watch it.";

    public override string Owner => "production";

    protected override IEnumerable<Verdict> Judge(PlanningSnapshot snapshot)
    {
        if (snapshot.Host is not { } host)
        {
            yield return Block("host-unknown", snapshot.Job.Host, "the plant file has no such host, so its lines are not known: correct the job or the plant file");
            yield break;
        }

        if (host.Lines.IsEmpty)
            yield return Pass("line-none", "no line", "the plant file says that the host serves no line");
        foreach (var name in host.Lines)
            yield return Judge(snapshot, host, name);
    }

    /// <summary>Never idle, so only coverage can release its host, and only where that says all there is to say: where the host watches.</summary>
    private Verdict JudgeAlwaysOn(PlanningSnapshot snapshot, Host host, Line line)
    {
        var groups = CriticalTags.Of(snapshot.Plant).Where(group => group.Line == line.Name).ToList();
        return groups.Count == 0
            ? Block("line-always-on-unwatched", "always on", "this line never stops, and none of its tags is critical, so nothing could show that its monitoring is kept: mark them in the plant file", line.Name)
            : groups.Exists(group => group.RestsOn(host.Name))
                ? Pass("line-always-on", "always on", "this line never stops, and this host watches it: the coverage gate decides", line.Name)
                : Block(
                    "line-always-on-served", "always on",
                    "this line never stops, and the plant file puts no server, gateway or historian that watches it on this host: what taking the host away does to the line is not known", line.Name);
    }

    private Verdict Judge(PlanningSnapshot snapshot, Host host, string name)
    {
        if (snapshot.Plant.LineNamed(name) is not { } line)
            return Block("line-unknown", "not in the plant file", "the plant file has no such line: correct it", name);
        if (line.Idle is null)
            return JudgeAlwaysOn(snapshot, host, line);
        var proof = LineProof.Judge(line, snapshot.Plant, snapshot.Evidence);
        var value = proof.Report?.Batch is { Length: > 0 } batch && proof.State != LineState.Unknown ? $"{proof.State}, batch {batch}" : proof.State.ToString();
        // Once a run is under way its line is held: settling then means that a gateway watches it anew, not that it has just stopped.
        var doubt = (proof.State == LineState.Unknown && !proof.SaysActive) || (proof.State == LineState.Settling && line.HoldNodes is not null && snapshot.Run.State.MayAct);
        return proof.State == LineState.Idle
            ? Pass(proof.Code, value, proof.Reason, name)
            : Block(proof.Code, value, proof.Reason, name, proof.State == LineState.Settling ? proof.Report?.ExpectedIdleAt : null, doubt);
    }
}
