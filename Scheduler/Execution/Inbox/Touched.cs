using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Planning.Indexes;

namespace PatchEdge.Scheduler.Execution.Inbox;

/// <summary>What happened since the runs were last looked at, and with it which of them rest on it. Bounded by the plant and its runs.</summary>
internal sealed class Touched
{
    /// <summary>Every run is to be looked at.</summary>
    public bool All { get; set; }

    public HashSet<string> Runs { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Lines { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Gateways { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Hosts { get; } = new(StringComparer.Ordinal);

    public void Add(EvidenceChange change)
    {
        switch (change.Subject)
        {
            case EvidenceSubject.Line:
                Lines.Add(change.Name);
                break;
            case EvidenceSubject.Gateway:
                Gateways.Add(change.Name);
                break;
            case EvidenceSubject.Host:
                Hosts.Add(change.Name);
                break;
            default:
                All = true;
                break;
        }
    }

    /// <summary>The runs to look at, those that go first in front.</summary>
    public IEnumerable<Planning.RunFacts> Select(RunIndex runs, PlantModel plant)
    {
        if (All)
            return runs.Ordered;
        var index = PlantIndex.Of(plant);
        var lines = Gateways.SelectMany(gateway => index.LinesOf(gateway)).Concat(Lines).Distinct(StringComparer.Ordinal);
        return lines.SelectMany(line => runs.OnLine(line))
            .Concat(Planning.Coverage.CriticalTags.Of(plant).HostsConcerned(Hosts, Gateways).SelectMany(host => runs.OnHost(host)))
            // Who stands in for a host rests on its agent too.
            .Concat(Hosts.Select(index.Host).Select(host => host?.Host.Group).OfType<string>().Distinct(StringComparer.Ordinal)
                .SelectMany(group => index.HostsOfGroup(group)).SelectMany(host => runs.OnHost(host)))
            .Concat(Runs.Select(runs.Find).OfType<Planning.RunFacts>())
            .DistinctBy(run => run.Id)
            .Order(Comparer<Planning.RunFacts>.Create(Planning.Precedence.Compare));
    }
}
