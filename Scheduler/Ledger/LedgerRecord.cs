using System.Text.Json.Nodes;

namespace PatchEdge.Scheduler.Ledger;

/// <summary>What someone did, before it has an index.</summary>
internal sealed record LedgerRecord
{
    /// <summary>Who: a person's name, <c>scheduler</c>, or <c>agent HOST</c>.</summary>
    public required string Actor { get; init; }

    /// <summary>What, as one of <see cref="LedgerActions"/>.</summary>
    public required string Action { get; init; }

    /// <summary>To what: a run, a job, or <c>site</c>.</summary>
    public required string Subject { get; init; }

    public required string Reason { get; init; }

    /// <summary>What it was; null when it was not.</summary>
    public JsonObject? Before { get; init; }

    /// <summary>What it is now, and the evidence it rests on.</summary>
    public JsonObject? After { get; init; }
}

/// <summary>Every action that the ledger knows.</summary>
internal static class LedgerActions
{
    public const string Started = "scheduler-started";
    public const string LeadershipTaken = "leadership-taken";
    public const string Reopened = "ledger-reopened";
    public const string Lost = "entry-lost";
    public const string PackExported = "pack-exported";
    public const string WritableAgain = "writable-again";
    public const string JobAdded = "job-added";
    public const string JobChanged = "job-changed";
    public const string JobApproved = "job-approved";
    public const string ProcedurePinned = "procedure-pinned";
    public const string Offered = "offered";
    public const string ReleaseIntended = "release-intended";
    public const string Transition = "transition";
    public const string Progress = "progress";
    public const string HoldGranted = "hold-granted";
    public const string HoldReleaseIntended = "hold-release-intended";
    public const string HoldReleased = "hold-released";
    public const string HoldExpired = "hold-expired";
    public const string GoAheadGranted = "go-ahead-granted";
    public const string GoAheadRefused = "go-ahead-refused";
    public const string StopRequested = "stop-requested";
    public const string SettleSigned = "settle-signed";
    public const string StandBySigned = "stand-by-signed";
    public const string BreakGlassSigned = "break-glass-signed";
    public const string BreakGlassCosigned = "break-glass-cosigned";
    public const string GapBudgetSigned = "gap-budget-signed";
    public const string GapBudgetCosigned = "gap-budget-cosigned";
    public const string WaiversEnded = "waivers-ended";
    public const string EmergencyStop = "emergency-stop";
    public const string EmergencyResume = "emergency-resume";
    public const string CampaignAdded = "campaign-added";
    public const string CampaignChanged = "campaign-changed";
    public const string CampaignPlanned = "campaign-planned";
    public const string CampaignApproved = "campaign-approved";
    public const string CampaignHalted = "campaign-halted";
    public const string CampaignResumed = "campaign-resumed";
    public const string SignedIn = "signed-in";
    public const string SignedOut = "signed-out";
    public const string LockedOut = "locked-out";
    public const string PasswordChanged = "password-changed";
    public const string AccountAdded = "account-added";
    public const string AccountChanged = "account-changed";
}
