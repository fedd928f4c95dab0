using PatchEdge.Scheduler.Ledger.Verification;

namespace PatchEdge.Scheduler.Ledger;

/// <summary>Whether the ledger may be relied on. Thread-safe.</summary>
internal sealed class LedgerHealth
{
    private volatile string? tampered;
    private volatile string? unwritable;
    private volatile IReadOnlyList<LostSpan> reopened = [];

    /// <summary>Why nothing may be released; null when the ledger is sound.</summary>
    public string? Fault => tampered ?? unwritable;

    /// <summary>Spans that people declared lost: heads of them are not held against the ledger.</summary>
    public IReadOnlyList<LostSpan> Reopened
    {
        get => reopened;
        set => reopened = value;
    }

    public bool IsUnwritable => unwritable is not null;

    /// <summary>The ledger contradicts itself or what was noted of it elsewhere.</summary>
    public bool IsTampered => tampered is not null;

    /// <summary>The ledger does not verify. Stays until the scheduler is restarted over a ledger that does.</summary>
    public void Tampered(string fault) =>
        tampered = $"the ledger does not verify: {fault}; nothing is released. Stop the scheduler and restore the newest copy of its data directory that 'ledger verify' accepts; when there is none, 'ledger reopen' puts on record what is lost";


    /// <summary>A record could not be written. Stays until one can.</summary>
    public void Unwritable(string fault) => unwritable = $"the ledger cannot be written: {fault}; check the disk of the data directory";

    public void Written() => unwritable = null;
}
