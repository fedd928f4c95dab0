using PatchEdge.Scheduler.Execution;

namespace PatchEdge.Scheduler.Planning.Gates;

internal sealed class OneRunPerLineGate : Gate
{
    public override string Name => "one-run-per-line";

    public override string Rule => "No other run occupies a line that the host serves, and none that goes first is ready for it.";

    public override string Owner => "patch scheduler";

    protected override IEnumerable<Verdict> Judge(PlanningSnapshot snapshot)
    {
        if (snapshot.Host is not { } host)
        {
            yield return Block("host-unknown", snapshot.Job.Host, "the plant file has no such host, so its lines are not known: correct the job or the plant file");
            yield break;
        }

        if (host.Lines.IsEmpty)
            yield return Pass("line-none", "no line", "the host serves no line that another run could occupy");
        foreach (var line in host.Lines)
        {
            var rivals = snapshot.Others.OnLine(line).ToList();
            if (rivals.Find(other => other.State.Occupies) is { } occupant)
                yield return Block("line-occupied", $"{occupant.Id} {occupant.State}", $"{occupant.Id} on {occupant.Host} occupies the line: wait for its end, or settle it", line);
            else if (rivals.Find(other => other.GoesBefore(snapshot.Run)) is { } first)
                yield return Block("line-yields", first.Id, $"{first.Id} on {first.Host} is ready for the same line and goes first", line);
            else
                yield return Pass("line-free", "free", "no other run occupies the line", line);
        }
    }
}
