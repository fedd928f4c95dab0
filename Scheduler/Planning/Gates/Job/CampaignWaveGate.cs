using PatchEdge.Scheduler.Execution;

namespace PatchEdge.Scheduler.Planning.Gates.Job;

internal sealed class CampaignWaveGate : RunGate
{
    private readonly Finding alone;
    private readonly Findings<(string Wave, bool First)> open;
    private readonly Findings<(string Words, string Own, string Earlier, int Needed, int Jobs)> waits;

    public CampaignWaveGate()
    {
        alone = Pass("wave-none", "no campaign", "a job of its own waits for no wave");
        open = new(found => Pass("wave-open", found.Wave, found.First ? "it is in the first wave" : "every earlier wave succeeded and has soaked"));
        waits = new(found => Block("wave-waits", found.Words, $"wave {found.Own} waits until {found.Needed} of {found.Jobs} hosts of wave {found.Earlier} succeeded"));
    }

    public override string Name => "campaign-wave";

    public override string Rule => "Enough hosts of every earlier wave succeeded and have been in use long enough, and no failure has halted the campaign.";

    public override string Owner => "patch scheduler";

    protected override Verdict Judge(PlanningSnapshot snapshot) =>
        snapshot.Job.Campaign is { } name ? Found(snapshot, name).About(name) : alone;

    private Finding Found(PlanningSnapshot snapshot, string name)
    {
        if (snapshot.Campaign is not { } campaign || snapshot.Job.Wave >= campaign.Waves.Length)
            return Block("campaign-unknown", name, "its campaign is not on record: put the campaign's file back, or revoke the job");
        var own = campaign.Waves[snapshot.Job.Wave];
        // What is under way is finished: stopping it half-way would fail a second host for the first one's fault.
        if (snapshot.Run.State.MayAct)
            return Pass("wave-under-way", own.Words, "it was released; its wave was open then");
        if (campaign.Halt is { } halt)
            return Block("campaign-halted", own.Words, $"{halt}: look at what failed, then resume the campaign or revoke its jobs");
        for (var wave = 0; wave < snapshot.Job.Wave; wave++)
        {
            var earlier = campaign.Waves[wave];
            if (earlier.OpensNextAt is not { } opens)
                return waits.Of((earlier.Words, own.Name, earlier.Name, earlier.Needed, earlier.Jobs.Length));
            if (snapshot.Now < opens)
                return Block("wave-soaks", $"{earlier.Words}, soak until {Words.Time(opens)}", $"wave {earlier.Name} must have been in use for {Words.Span(earlier.Soak)} before wave {own.Name}", expectedClearing: opens);
        }

        return open.Of((own.Words, snapshot.Job.Wave == 0));
    }
}
