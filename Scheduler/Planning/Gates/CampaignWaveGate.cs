using PatchEdge.Scheduler.Execution;

namespace PatchEdge.Scheduler.Planning.Gates;

internal sealed class CampaignWaveGate : Gate
{
    private readonly Verdict alone;

    public CampaignWaveGate() => alone = Pass("wave-none", "no campaign", "a job of its own waits for no wave");

    public override string Name => "campaign-wave";

    public override string Rule => "Enough hosts of every earlier wave succeeded and have been in use long enough, and no failure has halted the campaign.";

    public override string Owner => "patch scheduler";

    protected override IEnumerable<Verdict> Judge(PlanningSnapshot snapshot)
    {
        if (snapshot.Job.Campaign is not { } name)
            return [alone];
        if (snapshot.Campaign is not { } campaign || snapshot.Job.Wave >= campaign.Waves.Length)
            return [Block("campaign-unknown", name, "its campaign is not on record: put the campaign's file back, or revoke the job", name)];
        var own = campaign.Waves[snapshot.Job.Wave];
        // What is under way is finished: stopping it half-way would fail a second host for the first one's fault.
        if (snapshot.Run.State.MayAct)
            return [Pass("wave-under-way", own.Words, "it was released; its wave was open then", name)];
        if (campaign.Halt is { } halt)
            return [Block("campaign-halted", own.Words, $"{halt}: look at what failed, then resume the campaign or revoke its jobs", name)];
        for (var wave = 0; wave < snapshot.Job.Wave; wave++)
        {
            var earlier = campaign.Waves[wave];
            if (earlier.OpensNextAt is not { } opens)
                return [Block("wave-waits", earlier.Words, $"wave {own.Name} waits until {earlier.Needed} of {earlier.Jobs.Length} hosts of wave {earlier.Name} succeeded", name)];
            if (snapshot.Now < opens)
                return [Block("wave-soaks", $"{earlier.Words}, soak until {Words.Time(opens)}", $"wave {earlier.Name} must have been in use for {Words.Span(earlier.Soak)} before wave {own.Name}", name, expectedClearing: opens)];
        }

        return [Pass("wave-open", own.Words, snapshot.Job.Wave == 0 ? "it is in the first wave" : "every earlier wave succeeded and has soaked", name)];
    }
}
