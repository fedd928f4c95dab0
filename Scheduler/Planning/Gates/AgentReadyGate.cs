namespace PatchEdge.Scheduler.Planning.Gates;

internal sealed class AgentReadyGate : Gate
{
    public override string Name => "agent-ready";

    public override string Rule => "The agent has no fault and executes no other run.";

    public override string Owner => "IT/OT operations";

    protected override IEnumerable<Verdict> Judge(PlanningSnapshot snapshot)
    {
        if (snapshot.Evidence.Agent(snapshot.Job.Host).Message is not { } agent)
            yield return Block("agent-unheard", "unknown", "the agent has not been heard", snapshot.Job.Host, doubt: true);
        else if (agent.Fault is { Length: > 0 } fault)
            yield return Block("agent-fault", "fault", $"the agent accepts no permit: {fault}", snapshot.Job.Host);
        else if (agent.CurrentRun is { Length: > 0 } current && current != snapshot.Run.Id)
            yield return Block("agent-busy", $"executing {current}", $"the agent is still executing {current}: wait for its end", snapshot.Job.Host);
        else
            yield return Pass("agent-ready", agent.CurrentRun is { Length: > 0 } ? "executing this run" : "free", "the agent can take this run", snapshot.Job.Host);
    }
}
