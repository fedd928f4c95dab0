namespace PatchEdge.Scheduler.Planning.Gates;

internal sealed class ProcedureGate : Gate
{
    public override string Name => "procedure";

    public override string Rule => "The host's owner installed the procedure, and it is the one that was approved.";

    public override string Owner => "host owner";

    protected override IEnumerable<Verdict> Judge(PlanningSnapshot snapshot)
    {
        var job = snapshot.Job;
        var agent = snapshot.Evidence.Agent(job.Host);
        if (agent.Message is not { } message)
        {
            yield return Block("procedure-unheard", "unknown", "the agent has not said which procedures are installed", job.Procedure, doubt: true);
            yield break;
        }

        var installed = message.Procedures.FirstOrDefault(procedure => procedure.Name == job.Procedure);
        if (installed is null)
            yield return Block("procedure-missing", "not installed", $"{job.Host} has no procedure of this name: its owner must install it, or the job name another", job.Procedure);
        else if (job.RequiredProcedureDigest is { } required && installed.Digest != required)
            yield return Block("procedure-foreign", Words.Short(installed.Digest), $"the site accepts only {Words.Short(required)}: install that one, or change scheduler.yaml", job.Procedure);
        else if (snapshot.Run.ProcedureDigest is not { } pinned)
            yield return Block("procedure-unpinned", Words.Short(installed.Digest), "it has not been seen live since the job was approved: wait for the agent's next heartbeat", job.Procedure, doubt: true);
        else if (installed.Digest != pinned)
            yield return Block("procedure-changed", Words.Short(installed.Digest), $"it was changed on the host after the job was armed with {Words.Short(pinned)}: put it back, or revoke and retry the job to accept it as it is now", job.Procedure);
        else
            yield return Pass("procedure-installed", Words.Short(installed.Digest), "installed, and unchanged since the job was armed", job.Procedure);
    }
}
