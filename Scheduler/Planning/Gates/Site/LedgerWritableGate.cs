namespace PatchEdge.Scheduler.Planning.Gates.Site;

internal sealed class LedgerWritableGate : RunGate
{
    // The same for every run, so there is one.
    private readonly Finding sound;

    public LedgerWritableGate() => sound = Pass("ledger-sound", "sound", "the ledger verifies and can be written");

    public override string Name => "ledger-writable";

    public override string Rule => "The ledger verifies and can be written: effects follow the record.";

    public override string Owner => "IT/OT operations";

    protected override Verdict Judge(PlanningSnapshot snapshot) => snapshot.Health.LedgerFault is { } fault
        ? Block("ledger-fault", "fault", fault, doubt: true)
        : sound;
}
