using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning.Indexes;

namespace PatchEdge.Scheduler.Planning.Gates.Hosts;

internal sealed class RedundancyGroupGate : RunGate
{
    private readonly Finding alone;
    private readonly Findings<(string Group, string Host, System.Collections.Immutable.ImmutableArray<string> Hosts)> whole;

    public RedundancyGroupGate()
    {
        alone = Pass("group-none", "no group", "the host is in no redundancy group");
        whole = new(found => found.Hosts.Where(name => name != found.Host).ToList() is { Count: > 0 } others
            ? Pass("group-whole", $"{others.Count} stand in", $"{string.Join(", ", others)} can stand in")
            : Pass("group-whole", "alone in it", "no other host is in its group"));
    }

    public override string Name => "redundancy-group";

    public override string Rule => "Every other host of its redundancy group is heard, without a fault, and none of them is under way.";

    public override string Owner => "IT/OT operations";

    protected override Verdict Judge(PlanningSnapshot snapshot) =>
        snapshot.Host is { Group: { } group } ? Found(snapshot, group).About(group) : alone;

    private Finding Found(PlanningSnapshot snapshot, string group)
    {
        var hosts = PlantIndex.Of(snapshot.Plant).HostsOfGroup(group);
        foreach (var other in hosts)
        {
            if (other == snapshot.Job.Host)
                continue;
            switch (snapshot.Others.RivalOnHost(other, snapshot.Run))
            {
                case { State.Occupies: true } away:
                    return Block("group-away", $"{other} {away.State}", $"{away.Id} occupies {other}, which stands in for this host: wait for its end, or settle it");
                case { } first:
                    return Block("group-yields", first.Id, $"{first.Id} is ready on {other}, of the same group, and goes first");
            }

            var agent = snapshot.Evidence.Agent(other);
            if (!agent.IsFresh && !snapshot.Run.State.MayAct)
                return Block("group-unheard", other, $"{other} would have to stand in, and is not known to be up: {agent.Doubt}", doubt: true);
        }

        return whole.Of((group, snapshot.Job.Host, hosts));
    }
}
