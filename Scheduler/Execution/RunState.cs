namespace PatchEdge.Scheduler.Execution;

/// <summary>Where a run stands. The order is the order of a run's life; exits come last.</summary>
public enum RunState
{
    /// <summary>Asked for; nobody has approved it as it now stands.</summary>
    Requested,

    /// <summary>Approved by as many people as the site asks for, over exactly this content.</summary>
    Approved,

    /// <summary>Waiting for its gates: every wake evaluates all of them.</summary>
    Armed,

    /// <summary>The intent is in the ledger; its lines are asked to refuse a start, and no permit exists yet.</summary>
    Held,

    /// <summary>Its lines are held and a permit may be alive; the agent has not said that it accepted.</summary>
    Released,

    /// <summary>The agent accepted the permit.</summary>
    Executing,

    /// <summary>The agent reported success; the host and its lines must prove themselves healthy.</summary>
    Verifying,

    /// <summary>Healthy afterwards. Final.</summary>
    Done,

    /// <summary>Ended without the patch, the host as it was. Final.</summary>
    Aborted,

    /// <summary>The permit lapsed and provably started nothing. Final for this attempt.</summary>
    Expired,

    /// <summary>Withdrawn by a person before it was released. Final.</summary>
    Revoked,

    /// <summary>The outcome is not known: it occupies its host and lines until health is proven or two people settle it.</summary>
    Quarantined,
}

internal static class RunStates
{
    extension(RunState state)
    {
        /// <summary>Nothing more will happen to the run.</summary>
        public bool IsFinal => state is RunState.Done or RunState.Aborted or RunState.Expired or RunState.Revoked;

        /// <summary>A permit may be alive, or its outcome is not settled: no other run may touch the same host or lines.</summary>
        public bool Occupies => state is RunState.Held or RunState.Released or RunState.Executing or RunState.Verifying or RunState.Quarantined;

        /// <summary>The agent may be acting on the host.</summary>
        public bool MayAct => state is RunState.Released or RunState.Executing;
    }

    /// <summary>The only moves there are. Anything else is a bug, and is refused before it reaches the database.</summary>
    public static bool Allows(RunState from, RunState to) => RunTransitions.Lead(from, to);
}
