using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning.Indexes;

namespace PatchEdge.Scheduler.Planning.Gates.Hosts;

internal sealed class RedundancyGroupGate : RunGate
{
    private readonly Finding alone;
    private readonly Findings<ValueTuple<PlantHost>> whole;

    public RedundancyGroupGate()
    {
        alone = Pass("group-none", "no group", "the host is in no redundancy group");
        whole = new(found => found.Item1 is var host && host.Group.Length > 1
            ? Pass("group-whole", $"{host.Group.Length - 1} stand in", $"{string.Join(", ", host.Group.Remove(host).Select(other => other.Name))} can stand in")
            : Pass("group-whole", "alone in it", "no other host is in its group"));
    }

    public override string Name => "redundancy-group";

    public override string Rule => "Every other host of its redundancy group is heard, without a fault, and none of them is under way.";

    public override string Owner => "IT/OT operations";

    protected override Verdict Judge(PlanningSnapshot snapshot) =>
        snapshot.Host is { GroupName: { } group } host ? Found(snapshot, host).About(group) : alone;

    private Finding Found(PlanningSnapshot snapshot, PlantHost host)
    {
        foreach (var other in host.Group)
        {
            if (other == host)
                continue;
            switch (snapshot.Others.RivalOnHost(other, snapshot.Run))
            {
                case { State.Occupies: true } away:
                    return Block("group-away", $"{other.Name} {away.State}", $"{away.Id} occupies {other.Name}, which stands in for this host: wait for its end, or settle it");
                case { } first:
                    return Block("group-yields", first.Id, $"{first.Id} is ready on {other.Name}, of the same group, and goes first");
            }

            var agent = snapshot.Evidence.Agent(other);
            if (!agent.IsFresh && !snapshot.Run.State.MayAct)
                return Block("group-unheard", other.Name, $"{other.Name} would have to stand in, and is not known to be up: {agent.Doubt}", doubt: true);
        }

        return whole.Of(new(host));
    }
}
