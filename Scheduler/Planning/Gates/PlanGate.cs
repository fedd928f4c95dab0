using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning.Plans;

namespace PatchEdge.Scheduler.Planning.Gates;

internal sealed class PlanGate : Gate
{
    private readonly Verdict alone;

    public PlanGate() => alone = Pass("plan-not-needed", "no plan", "a job of its own is approved by itself, without a plan");

    public override string Name => "plan";

    public override string Rule => "A campaign follows a plan that still rests on what was known when it was made, and the job's slot has come.";

    public override string Owner => "patch scheduler";

    public override bool Waivable => true;

    protected override IEnumerable<Verdict> Judge(PlanningSnapshot snapshot)
    {
        if (snapshot.Job.Campaign is not { } name)
            return [alone];
        if (snapshot.Campaign is not { } campaign)
            return [Block("campaign-unknown", name, "its campaign is not on record: put the campaign's file back, or revoke the job", name)];
        if (snapshot.Run.State.MayAct)
            return [Pass("plan-followed", "under way", "it was released by the plan", name)];
        if (campaign.Plan is not { } plan)
            return [Block("plan-missing", "none", $"the campaign has no plan: make one with 'campaign plan {name}', and have it approved", name)];
        var value = $"plan {Words.Short(plan.Hash)}";
        var changes = PlanCheck.VoidReasons(campaign, snapshot);
        if (changes.Length > 0)
            return [Block("plan-void", value, $"the plan is void: {string.Join("; ", changes.Take(3))}{(changes.Length > 3 ? $"; and {changes.Length - 3} more" : "")}. Plan again, and have it approved", name)];
        if (plan.SlotOf(snapshot.Job.Id) is not { } slot)
            return [Block("plan-unplaced", value, $"the plan found no slot for it: {plan.WhyUnplaced(snapshot.Job.Id)}", name)];
        return [snapshot.Now < slot.Start
            ? Block("plan-slot", "slot " + Words.Time(slot.Start, slot.Zone), "its slot in the plan has not come", name, expectedClearing: slot.Start)
            : Pass("plan-current", value, $"its slot came at {Words.Time(slot.Start, slot.Zone)}; the plan still holds", name)];
    }
}
