namespace PatchEdge.Scheduler.Execution;

/// <summary>One attempt at a patch job, as stored. Only the runner changes it, and only together with a ledger entry.</summary>
internal sealed class Run
{
    /// <summary>The job's id, a dot, and the attempt: <c>JOB-7.1</c>.</summary>
    public required string Id { get; init; }

    public required string JobId { get; init; }

    /// <summary>From 1.</summary>
    public required int Attempt { get; init; }

    public RunState State { get; set; }

    /// <summary>Since when the state has been this one, UTC.</summary>
    public DateTimeOffset Since { get; set; }

    /// <summary>Why the run is in this state, in an operator's words.</summary>
    public string Reason { get; set; } = "";

    /// <summary>Fencing token: the ledger index of the release intent. Null while it waits; never reused.</summary>
    public long? Token { get; set; }

    /// <summary>Hash of the ledger entry that <see cref="Token"/> names.</summary>
    public string? LedgerHash { get; set; }

    /// <summary>The agent's nonce that the permit answered.</summary>
    public string? Nonce { get; set; }

    /// <summary>SHA-256 of the host's installed procedure, as first seen live after arming.</summary>
    public string? ProcedureDigest { get; set; }

    /// <summary>Sequence of the last progress taken in; later ones must be higher.</summary>
    public long ProgressSequence { get; set; }

    /// <summary>What the agent last said it is doing; null before it accepted.</summary>
    public string? Phase { get; set; }

    public string? Step { get; set; }

    /// <summary>Somebody asked to stop it: no go-ahead is granted any more.</summary>
    public bool StopRequested { get; set; }

    /// <summary>Lines that it holds or may hold, as <see cref="Execution.Holds.RunHolds"/> writes it; null when none. May outlive the run's end until the lines were heard to be free.</summary>
    public string? Holds { get; set; }

    /// <summary>When the agent accepted the permit, UTC; null before.</summary>
    public DateTimeOffset? ExecutingSince { get; set; }

    /// <summary>Who signed first that this quarantined run is settled; null when nobody has.</summary>
    public string? SettledBy { get; set; }

    /// <summary>As what the first signature settles it.</summary>
    public RunState? SettledAs { get; set; }

    /// <summary>Not before this moment is a new attempt released, UTC: the back-off after an expired one.</summary>
    public DateTimeOffset? RestUntil { get; set; }
}
