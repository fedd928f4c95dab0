using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning.Indexes;

namespace PatchEdge.Scheduler.Planning.Gates.Lines;

internal sealed class OneRunPerLineGate : LineGate
{
    private readonly Finding free;

    public OneRunPerLineGate()
        : base("line-none", "the host serves no line that another run could occupy") =>
        free = Pass("line-free", "free", "no other run occupies the line");

    public override string Name => "one-run-per-line";

    public override string Rule => "No other run occupies a line that the host serves, and none that goes first is ready for it.";

    public override string Owner => "patch scheduler";

    protected override Finding Judge(PlanningSnapshot snapshot, PlantHost host, PlantLine line) => snapshot.Others.RivalOnLine(line, snapshot.Run) switch
    {
        null => free,
        var other when other.State.Occupies => Block("line-occupied", $"{other.Id} {other.State}", $"{other.Id} on {other.Host} occupies the line: wait for its end, or settle it"),
        var first => Block("line-yields", first.Id, $"{first.Id} on {first.Host} is ready for the same line and goes first"),
    };
}
