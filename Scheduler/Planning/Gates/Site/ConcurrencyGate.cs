using PatchEdge.Scheduler.Execution;

namespace PatchEdge.Scheduler.Planning.Gates.Site;

internal sealed class ConcurrencyGate : RunGate
{
    private readonly Finding unlimited;
    private readonly Findings<(int UnderWay, int Most)> open;

    public ConcurrencyGate()
    {
        unlimited = Pass("concurrency-open", "no limit", "the site sets no limit");
        open = new(found => Pass("concurrency-open", $"{found.UnderWay} of {found.Most} under way", "another host may be under way"));
    }

    public override string Name => "concurrency";

    public override string Rule => "No more hosts are under way at once than the site, and the campaign, allow; a run whose outcome is unknown counts.";

    public override string Owner => "patch scheduler";

    protected override Verdict Judge(PlanningSnapshot snapshot)
    {
        var most = snapshot.Campaign?.Concurrency ?? int.MaxValue;
        if (snapshot.Concurrency == int.MaxValue && most == int.MaxValue)
            return unlimited;
        var site = snapshot.Others.CountOccupying();
        var own = snapshot.Job.Campaign is { } campaign ? snapshot.Others.CountOccupying(campaign) : 0;
        if (snapshot.Run.State.MayAct)
            return Pass("concurrency-under-way", $"{site + 1} under way", "it is under way itself");
        if (site >= snapshot.Concurrency)
            return Block("concurrency-site", $"{site} of {snapshot.Concurrency} under way", "as many hosts are under way as the site allows at once: wait for one to end");
        if (own >= most)
            return Block("concurrency-campaign", $"{own} of {most} under way", $"as many hosts of {snapshot.Job.Campaign} are under way as it allows at once: wait for one to end");
        return open.Of(most == int.MaxValue ? (site, snapshot.Concurrency) : (own, most));
    }
}
