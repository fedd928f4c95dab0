using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning.Plans;

namespace PatchEdge.Scheduler.Planning.Gates.Job;

internal sealed class PlanGate : RunGate
{
    private readonly Finding alone;
    private readonly Findings<(DateTimeOffset Start, string Zone)> slotAhead;
    private readonly Findings<(string Plan, DateTimeOffset Start, string Zone)> current;

    public PlanGate()
    {
        alone = Pass("plan-not-needed", "no plan", "a job of its own is approved by itself, without a plan");
        slotAhead = new(slot => Block("plan-slot", "slot " + Words.Time(slot.Start, slot.Zone), "its slot in the plan has not come", expectedClearing: slot.Start));
        current = new(slot => Pass("plan-current", Value(slot.Plan), $"its slot came at {Words.Time(slot.Start, slot.Zone)}; the plan still holds"));
    }

    public override string Name => "plan";

    public override string Rule => "A campaign follows a plan that still rests on what was known when it was made, and the job's slot has come.";

    public override string Owner => "patch scheduler";

    public override bool Waivable => true;

    protected override Verdict Judge(PlanningSnapshot snapshot) =>
        snapshot.Job.Campaign is { } name ? Found(snapshot, name).About(name) : alone;

    private Finding Found(PlanningSnapshot snapshot, string name)
    {
        if (snapshot.Campaign is not { } campaign)
            return Block("campaign-unknown", name, "its campaign is not on record: put the campaign's file back, or revoke the job");
        if (snapshot.Run.State.MayAct)
            return Pass("plan-followed", "under way", "it was released by the plan");
        if (campaign.Plan is not { } plan)
            return Block("plan-missing", "none", $"the campaign has no plan: make one with 'campaign plan {name}', and have it approved");
        var changes = PlanCheck.VoidReasons(campaign, snapshot);
        if (changes.Length > 0)
            return Block("plan-void", Value(plan.Hash), $"the plan is void: {string.Join("; ", changes.Take(3))}{(changes.Length > 3 ? $"; and {changes.Length - 3} more" : "")}. Plan again, and have it approved");
        if (plan.SlotOf(snapshot.Job.Id) is not { } slot)
            return Block("plan-unplaced", Value(plan.Hash), $"the plan found no slot for it: {plan.WhyUnplaced(snapshot.Job.Id)}");
        return snapshot.Now < slot.Start ? slotAhead.Of((slot.Start, slot.Zone)) : current.Of((plan.Hash, slot.Start, slot.Zone));
    }

    private static string Value(string hash) => $"plan {Words.Short(hash)}";
}
