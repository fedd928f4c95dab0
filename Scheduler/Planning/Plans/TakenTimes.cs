namespace PatchEdge.Scheduler.Planning.Plans;

/// <summary>Who has a host, a line or a group when, while a plan is being made. Not thread-safe.</summary>
internal sealed class TakenTimes
{
    private readonly Dictionary<(char Kind, string Name), List<Reservation>> taken = [];
    private readonly Dictionary<string, LoadCurve> campaigns = new(StringComparer.Ordinal);
    private readonly LoadCurve site;

    public TakenTimes(PlanInputs inputs)
    {
        site = new LoadCurve(inputs.Concurrency);
        foreach (var campaign in inputs.Campaigns)
            campaigns[campaign.Id] = new LoadCurve(campaign.Concurrency);
        foreach (var reserved in inputs.Reserved)
            Take(reserved);
    }

    public void Take(Reservation reserved)
    {
        Add('h', reserved.Host, reserved);
        foreach (var line in reserved.Lines)
            Add('l', line, reserved);
        if (reserved.Group is { } group)
            Add('g', group, reserved);
        site.Add(reserved.Range.Start, reserved.Range.End);
        if (reserved.Campaign is { } campaign && campaigns.TryGetValue(campaign, out var load))
            load.Add(reserved.Range.Start, reserved.Range.End);
    }

    /// <summary>Everything that stands in the way of the range: why, and until when it does.</summary>
    /// <param name="wanted">What is to be placed; its range is where.</param>
    /// <param name="conflicts">Gets them.</param>
    public void Conflicts(Reservation wanted, List<(DateTimeOffset Until, string Reason)> conflicts)
    {
        Find('h', wanted.Host, wanted, "the host has", conflicts);
        foreach (var line in wanted.Lines)
            Find('l', line, wanted, $"line {line} has", conflicts);
        if (wanted.Group is { } group)
            Find('g', group, wanted, $"group {group} has", conflicts);
        if (site.FullUntil(wanted.Range.Start, wanted.Range.End) is { } free)
            conflicts.Add((free, $"the site has {site.Most} hosts under way, as many as it allows"));
        if (wanted.Campaign is { } campaign && campaigns.TryGetValue(campaign, out var load) && load.FullUntil(wanted.Range.Start, wanted.Range.End) is { } room)
            conflicts.Add((room, $"{campaign} has {load.Most} hosts under way, as many as it allows"));
    }

    private void Find(char kind, string name, Reservation wanted, string words, List<(DateTimeOffset Until, string Reason)> conflicts)
    {
        if (!taken.TryGetValue((kind, name), out var list))
            return;
        foreach (var other in list)
            if (other.Range.Overlaps(wanted.Range))
                conflicts.Add((other.Range.End, $"{words} {other.Job}"));
    }

    private void Add(char kind, string name, Reservation reserved)
    {
        if (!taken.TryGetValue((kind, name), out var list))
            taken[(kind, name)] = list = [];
        list.Add(reserved);
    }
}
