namespace PatchEdge.Scheduler.Planning.Gates;

internal sealed class HostOnlineGate : Gate
{
    public override string Name => "host-online";

    public override string Rule => "The host's agent is heard live, within its validity, with a sound clock.";

    public override string Owner => "IT/OT operations";

    protected override IEnumerable<Verdict> Judge(PlanningSnapshot snapshot)
    {
        var agent = snapshot.Evidence.Agent(snapshot.Job.Host);
        yield return agent.IsFresh
            ? Pass("agent-fresh", $"heard {Words.Span(agent.Age)} ago", $"the agent {agent.Message!.Version} answers", snapshot.Job.Host)
            : Block("agent-" + agent.Standing.ToString().ToLowerInvariant(), agent.Standing.ToString(), $"{agent.Doubt}: check the host, its agent and its connection to the broker", snapshot.Job.Host, doubt: true);
    }
}
