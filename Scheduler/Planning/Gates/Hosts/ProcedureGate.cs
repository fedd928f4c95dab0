using PatchEdge.Scheduler.Planning.Coverage;

namespace PatchEdge.Scheduler.Planning.Gates.Hosts;

internal sealed class ProcedureGate : RunGate
{
    private readonly Finding unheard;
    private readonly Findings<string> unchanged;

    public ProcedureGate()
    {
        unheard = Block("procedure-unheard", "unknown", "the agent has not said which procedures are installed", doubt: true);
        unchanged = new(digest => Pass("procedure-installed", Words.Short(digest), "installed, and unchanged since the job was armed"));
    }

    public override string Name => "procedure";

    public override string Rule => "The host's owner installed the procedure, and it is the one that was approved.";

    public override string Owner => "host owner";

    protected override Verdict Judge(PlanningSnapshot snapshot) => Found(snapshot).About(snapshot.Job.Procedure);

    private Finding Found(PlanningSnapshot snapshot)
    {
        var job = snapshot.Job;
        if (snapshot.Agent.Message is not { } agent)
            return unheard;
        if (agent.Installed(job.Procedure) is not { } installed)
            return Block("procedure-missing", "not installed", $"{job.Host} has no procedure of this name: its owner must install it, or the job name another");
        if (job.RequiredProcedureDigest is { } required && installed.Digest != required)
            return Block("procedure-foreign", Words.Short(installed.Digest), $"the site accepts only {Words.Short(required)}: install that one, or change scheduler.yaml");
        if (snapshot.Run.ProcedureDigest is not { } pinned)
            return Block("procedure-unpinned", Words.Short(installed.Digest), "it has not been seen live since the job was approved: wait for the agent's next heartbeat", doubt: true);
        if (HostFlow.HealthNeedsProof(snapshot.Plant, job.Host, agent, installed))
            return Block("procedure-proves-nothing", "agent elsewhere", HostFlow.NoProof(job.Host));
        return installed.Digest == pinned
            ? unchanged.Of(pinned)
            : Block("procedure-changed", Words.Short(installed.Digest), $"it was changed on the host after the job was armed with {Words.Short(pinned)}: put it back, or revoke and retry the job to accept it as it is now");
    }
}
