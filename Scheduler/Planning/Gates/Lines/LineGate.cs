using PatchEdge.Scheduler.Planning.Indexes;

namespace PatchEdge.Scheduler.Planning.Gates.Lines;

/// <summary>A gate that answers for each line that the job's host serves.</summary>
internal abstract class LineGate : Gate
{
    private readonly Finding noLine;

    /// <param name="code">Code of the answer for a host that serves no line.</param>
    /// <param name="reason">Why that passes.</param>
    protected LineGate(string code, string reason) => noLine = Pass(code, "no line", reason);

    /// <summary>The answer for one line of the plant.</summary>
    protected abstract Finding Judge(PlanningSnapshot snapshot, PlantHost host, PlantLine line);

    protected sealed override void Judge(PlanningSnapshot snapshot, List<Verdict> verdicts)
    {
        if (snapshot.Host is not { } host)
        {
            verdicts.Add(Block("host-unknown", snapshot.Job.Host, "the plant file has no such host, so its lines are not known: correct the job or the plant file"));
            return;
        }

        if (host.Lines.IsEmpty)
            verdicts.Add(noLine);
        foreach (var (name, line) in host.Lines)
            verdicts.Add((line is not null
                ? Judge(snapshot, host, line)
                : Block("line-unknown", "not in the plant file", "the plant file has no such line: correct it")).About(name));
    }
}
