namespace PatchEdge.Scheduler.Ledger;

/// <summary>Whether the ledger may be relied on. Thread-safe.</summary>
internal sealed class LedgerHealth
{
    private volatile string? tampered;
    private volatile string? unwritable;

    /// <summary>Why nothing may be released; null when the ledger is sound.</summary>
    public string? Fault => tampered ?? unwritable;

    public bool IsUnwritable => unwritable is not null;

    /// <summary>The ledger does not verify. Stays until the scheduler is restarted over a ledger that does.</summary>
    public void Tampered(string fault) =>
        tampered = $"the ledger does not verify: {fault}; nothing is released until it is restored from a backup that does";

    /// <summary>A record could not be written. Stays until one can.</summary>
    public void Unwritable(string fault) => unwritable = $"the ledger cannot be written: {fault}; check the disk of the data directory";

    public void Written() => unwritable = null;
}
