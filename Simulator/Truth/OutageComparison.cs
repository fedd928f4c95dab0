using PatchEdge.Plant.Model;

namespace PatchEdge.Simulator.Truth;

/// <summary>The outages that there were, held against what each gateway has on record.</summary>
/// <param name="Due">Outages of each critical tag as each gateway must have seen them.</param>
/// <param name="Missed">Those that the record does not cover, as sentences; a broken promise each.</param>
/// <param name="Recorded">Parts on record, those before a tag's first evidence left out.</param>
/// <param name="Explained">Of these, those that an outage explains. Others need not be wrong: a machine that is too slow blinds a gateway too.</param>
/// <param name="WorstError">How much later than its outage a part begins, or sooner than it ends, at most.</param>
internal sealed record OutageComparison(int Due, IReadOnlyList<string> Missed, int Recorded, int Explained, TimeSpan WorstError)
{
    /// <summary>A process that is there again needs so long, on a busy machine, until its tags have values.</summary>
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(30);

    /// <param name="outages">Of servers and gateways, in any order.</param>
    /// <param name="parts">Of critical tags, by gateway.</param>
    /// <param name="plant">Who watches what where.</param>
    /// <param name="from">Start of the comparison, UTC.</param>
    /// <param name="to">Its end.</param>
    public static OutageComparison Of(IReadOnlyList<Outage> outages, IReadOnlyList<RecordedPart> parts, PlantModel plant, DateTimeOffset from, DateTimeOffset to)
    {
        var missed = new List<string>();
        var (due, recorded, explained, worst) = (0, 0, 0, TimeSpan.Zero);
        foreach (var gateway in plant.Gateways)
        {
            var own = outages.Where(outage => outage.Program == gateway.Name).ToList();
            foreach (var tag in plant.Tags.Where(tag => tag.Critical))
            {
                var settings = plant.Servers.Where(server => tag.Servers.Contains(server.Name) && gateway.Servers.Contains(server.Name)).ToList();
                // With several servers each can stand in for the other: only the gateway's own outages blind it for certain.
                var theirs = settings.Count == 1 ? outages.Where(outage => outage.Program == settings[0].Name).ToList() : [];
                var mine = parts.Where(part => part.Gateway == gateway.Name && part.Tag == tag.Name).OrderBy(part => part.Start).ToList();
                var certain = own.Where(outage => !outage.IsFrozen)
                    .Concat(theirs.Where(outage => !outage.IsFrozen || outage.To - outage.From > settings[0].PublishingInterval * settings[0].KeepAliveCount * 2.5));
                foreach (var outage in certain.Where(outage => outage.From >= from && outage.To <= to))
                {
                    due++;
                    var error = Uncounted(mine, outage);
                    if (error <= settings[0].PublishingInterval)
                        worst = error > worst ? error : worst;
                    else
                        missed.Add($"{outage.From:HH:mm:ss.fff} {outage.Program} was away for {(outage.To - outage.From).TotalMilliseconds:0} ms, and {gateway.Name} has {error.TotalMilliseconds:0} ms of it on record as observed for {tag.Name}");
                }

                var later = mine.Where(part => part.Start > from).ToList();
                recorded += later.Count;
                explained += later.Count(part => outages.Any(outage => (outage.Program == gateway.Name || tag.Servers.Contains(outage.Program))
                    && part.Start < outage.To + Recovery && part.End > outage.From - Recovery));
            }
        }

        return new OutageComparison(due, missed, recorded, explained, worst);
    }

    /// <summary>How much of an outage no part covers.</summary>
    private static TimeSpan Uncounted(List<RecordedPart> parts, Outage outage)
    {
        var (covered, until) = (TimeSpan.Zero, outage.From);
        foreach (var part in parts)
        {
            var (start, end) = (part.Start > until ? part.Start : until, part.End < outage.To ? part.End : outage.To);
            if (end <= start)
                continue;
            covered += end - start;
            until = end;
        }

        return outage.To - outage.From - covered;
    }
}
