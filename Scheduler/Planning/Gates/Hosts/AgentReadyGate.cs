namespace PatchEdge.Scheduler.Planning.Gates.Hosts;

internal sealed class AgentReadyGate : RunGate
{
    private readonly Finding unheard;
    private readonly Finding free;
    private readonly Finding executing;

    public AgentReadyGate()
    {
        unheard = Block("agent-unheard", "unknown", "the agent has not been heard", doubt: true);
        free = Pass("agent-ready", "free", "the agent can take this run");
        executing = Pass("agent-ready", "executing this run", "the agent can take this run");
    }

    public override string Name => "agent-ready";

    public override string Rule => "The agent has no fault and executes no other run.";

    public override string Owner => "IT/OT operations";

    protected override Verdict Judge(PlanningSnapshot snapshot) => Found(snapshot).About(snapshot.Job.Host);

    private Finding Found(PlanningSnapshot snapshot) => snapshot.Agent.Message switch
    {
        null => unheard,
        { Fault: { Length: > 0 } fault } => Block("agent-fault", "fault", $"the agent accepts no permit: {fault}"),
        { CurrentRun: null or "" } => free,
        { CurrentRun: var current } when current == snapshot.Run.Id => executing,
        { CurrentRun: var current } => Block("agent-busy", $"executing {current}", $"the agent is still executing {current}: wait for its end"),
    };
}
