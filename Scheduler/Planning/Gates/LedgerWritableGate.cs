namespace PatchEdge.Scheduler.Planning.Gates;

internal sealed class LedgerWritableGate : Gate
{
    // The same for every run, so there is one.
    private readonly Verdict pass;

    public LedgerWritableGate() => pass = Pass("ledger-sound", "sound", "the ledger verifies and can be written");

    public override string Name => "ledger-writable";

    public override string Rule => "The ledger verifies and can be written: effects follow the record.";

    public override string Owner => "IT/OT operations";

    protected override IEnumerable<Verdict> Judge(PlanningSnapshot snapshot)
    {
        yield return snapshot.Health.LedgerFault is { } fault
            ? Block("ledger-fault", "fault", fault, doubt: true)
            : pass;
    }
}
