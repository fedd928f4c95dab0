using PatchEdge.Plant.Messages;

namespace PatchEdge.Scheduler.Execution;

/// <summary>Something that may move a run on.</summary>
internal enum RunEvent
{
    /// <summary>As many people as the site asks for approved exactly this content.</summary>
    Approved,

    /// <summary>Its gates are asked from now on.</summary>
    Armed,

    /// <summary>The job was changed, or an approval withdrawn.</summary>
    ApprovalVoid,

    /// <summary>Every gate passed, its agent is ready, and the intent is on record.</summary>
    Intended,

    /// <summary>Every line is held and was read as idle since, and every gate passed once more.</summary>
    LinesHeld,

    /// <summary>A line did not let itself be held in time, a gate closed, or the scheduler was restarted meanwhile.</summary>
    GaveUp,

    /// <summary>The agent tells of the run as one that it has accepted.</summary>
    AgentActs,

    /// <summary>The agent refused the permit; it did and will do nothing for it.</summary>
    AgentRefused,

    AgentSucceeded,

    /// <summary>Rolled back, or stopped before anything was done.</summary>
    AgentUndone,

    /// <summary>The agent does not know the outcome.</summary>
    AgentUnsure,

    /// <summary>It said that it does not know the outcome, and now says that it does.</summary>
    AgentTakesBack,

    /// <summary>A heartbeat from after the permit's end shows that it was not accepted.</summary>
    LapsedUnused,

    /// <summary>A heartbeat from after the permit's end shows that it was accepted.</summary>
    LapsedUsed,

    /// <summary>The agent has not been heard for too long.</summary>
    AgentSilent,

    /// <summary>Host and lines were healthy without a break for long enough.</summary>
    Healthy,

    /// <summary>They were not within the time that there is.</summary>
    NotHealthy,

    /// <summary>A person withdraws it.</summary>
    Withdrawn,

    /// <summary>A person ends it for good.</summary>
    Ended,

    /// <summary>Two people signed that it was done.</summary>
    SettledAsDone,

    /// <summary>Two people signed that it was not.</summary>
    SettledAsAborted,
}

/// <summary>Every move that there is, as <c>RunStates.md</c> beside this file shows it to people; a test compares the two.</summary>
internal static class RunTransitions
{
    private static readonly RunEvent[] Events = Enum.GetValues<RunEvent>();

    /// <summary>Where the event leads; null when it changes nothing.</summary>
    public static RunState? Next(RunState state, RunEvent happened) => (state, happened) switch
    {
        (RunState.Requested, RunEvent.Approved) => RunState.Approved,
        (RunState.Approved, RunEvent.Armed) => RunState.Armed,
        (RunState.Approved or RunState.Armed, RunEvent.ApprovalVoid) => RunState.Requested,
        (RunState.Armed, RunEvent.Intended) => RunState.Held,
        (RunState.Held, RunEvent.LinesHeld) => RunState.Released,
        (RunState.Held, RunEvent.GaveUp) => RunState.Armed,
        (RunState.Requested or RunState.Approved or RunState.Armed or RunState.Held, RunEvent.Withdrawn) => RunState.Revoked,
        (RunState.Requested or RunState.Approved or RunState.Armed or RunState.Held, RunEvent.Ended) => RunState.Aborted,

        (RunState.Released, RunEvent.AgentActs or RunEvent.LapsedUsed) => RunState.Executing,
        (RunState.Released, RunEvent.AgentRefused or RunEvent.LapsedUnused) => RunState.Expired,
        (RunState.Released or RunState.Executing, RunEvent.AgentSucceeded) => RunState.Verifying,
        (RunState.Released or RunState.Executing, RunEvent.AgentUndone) => RunState.Aborted,
        (RunState.Released or RunState.Executing, RunEvent.AgentUnsure or RunEvent.AgentTakesBack or RunEvent.AgentSilent) => RunState.Quarantined,

        (RunState.Verifying, RunEvent.Healthy) => RunState.Done,
        (RunState.Verifying, RunEvent.NotHealthy) => RunState.Quarantined,

        // The agent acts, or acted, on a permit that was thought to have lapsed: what it says wins.
        (RunState.Expired, RunEvent.AgentActs or RunEvent.AgentSucceeded or RunEvent.AgentUndone or RunEvent.AgentUnsure or RunEvent.AgentTakesBack) => RunState.Quarantined,

        (RunState.Quarantined, RunEvent.AgentSucceeded) => RunState.Verifying,
        (RunState.Quarantined, RunEvent.AgentUndone or RunEvent.SettledAsAborted) => RunState.Aborted,
        (RunState.Quarantined, RunEvent.SettledAsDone) => RunState.Done,
        _ => null,
    };

    /// <summary>Some event leads from one to the other.</summary>
    public static bool Lead(RunState from, RunState to) => Array.Exists(Events, happened => Next(from, happened) == to);

    /// <summary>What an agent's progress means.</summary>
    /// <param name="phase">What it says.</param>
    /// <param name="wasUnsure">It said before that it does not know the outcome.</param>
    public static RunEvent EventOf(RunPhase phase, bool wasUnsure) => phase switch
    {
        RunPhase.Refused => RunEvent.AgentRefused,
        RunPhase.Unknown => RunEvent.AgentUnsure,
        RunPhase.Succeeded or RunPhase.RolledBack or RunPhase.Stopped when wasUnsure => RunEvent.AgentTakesBack,
        RunPhase.Succeeded => RunEvent.AgentSucceeded,
        RunPhase.RolledBack or RunPhase.Stopped => RunEvent.AgentUndone,
        _ => RunEvent.AgentActs,
    };
}
