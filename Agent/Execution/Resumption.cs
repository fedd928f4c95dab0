using PatchEdge.Plant.Messages;

namespace PatchEdge.Agent.Execution;

/// <summary>Decides how a run goes on after the agent, or its host, was restarted. Pure.</summary>
internal static class Resumption
{
    /// <param name="run">As it was saved last.</param>
    /// <param name="boot">The host's present boot.</param>
    /// <param name="at">UTC.</param>
    /// <returns>What to save and go on with; the same object when nothing changes.</returns>
    public static RunRecord Resume(RunRecord run, string boot, DateTimeOffset at)
    {
        if (run.IsOver)
            return run;
        if (run.Progress.Phase == RunPhase.Accepted)
            return run.Ended(RunPhase.Stopped, at, "The agent was restarted before the first step; whether the permit still lived cannot be proven any more. Nothing was done.");
        if (!run.Inside || run.Step is not { } step)
            return run;
        if (step.Reboot && boot != HostBoot.Unknown && run.Boot != boot)
            return run.Completed(null, "The host was restarted.", at);
        // The client holds its grant, and may be restarting the host just now: the wait goes on where it was.
        if (step.FleetLock)
            return run;
        if (step.Repeatable)
            return run with { Inside = false, Boot = null, Child = null };
        return run.Ended(
            RunPhase.Unknown,
            at,
            $"The agent was stopped inside step '{step.Name}', whose outcome is therefore unknown; it is not marked repeatable, so nothing more is done. Inspect the host.",
            step.Name);
    }
}
