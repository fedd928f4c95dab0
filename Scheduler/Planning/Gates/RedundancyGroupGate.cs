using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning.Indexes;

namespace PatchEdge.Scheduler.Planning.Gates;

internal sealed class RedundancyGroupGate : Gate
{
    private readonly Verdict alone;

    public RedundancyGroupGate() => alone = Pass("group-none", "no group", "the host is in no redundancy group");

    public override string Name => "redundancy-group";

    public override string Rule => "Every other host of its redundancy group is heard, without a fault, and none of them is under way.";

    public override string Owner => "IT/OT operations";

    protected override IEnumerable<Verdict> Judge(PlanningSnapshot snapshot)
    {
        if (snapshot.Host is not { Group: { } group })
            return [alone];
        var others = PlantIndex.Of(snapshot.Plant).HostsOfGroup(group).Where(name => name != snapshot.Job.Host).ToList();
        foreach (var other in others)
        {
            if (snapshot.Others.OnHost(other).FirstOrDefault(run => run.State.Occupies) is { } away)
                return [Block("group-away", $"{other} {away.State}", $"{away.Id} occupies {other}, which stands in for this host: wait for its end, or settle it", group)];
            if (snapshot.Others.OnHost(other).FirstOrDefault(run => run.GoesBefore(snapshot.Run)) is { } first)
                return [Block("group-yields", first.Id, $"{first.Id} is ready on {other}, of the same group, and goes first", group)];
            var agent = snapshot.Evidence.Agent(other);
            if (!agent.IsFresh && !snapshot.Run.State.MayAct)
                return [Block("group-unheard", other, $"{other} would have to stand in, and is not known to be up: {agent.Doubt}", group, doubt: true)];
        }

        return [Pass("group-whole", others.Count == 0 ? "alone in it" : $"{others.Count} stand in", others.Count == 0 ? "no other host is in its group" : $"{string.Join(", ", others)} can stand in", group)];
    }
}
