using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Training;

namespace PatchEdge.Scheduler.Planning.Gates.Job;

internal sealed class TrainingGate : Gate
{
    private readonly Finding notAsked;
    private readonly Finding judged;
    private readonly Finding current;

    public TrainingGate()
    {
        notAsked = Pass("training-not-asked", "not asked", "the site asks nobody for training: 'training' in scheduler.yaml would");
        judged = Pass("training-judged", "judged at the release", "the training was current when the run was released");
        current = Pass("training-current", "current", "everybody who signed for this run has the training that the site asks for");
    }

    public override string Name => "training";

    public override string Rule => "Whoever approved this job, stands by its lines or broke the glass for it has the training that the site asks for, on the day of the release.";

    public override string Owner => "QA approver";

    protected override void Judge(PlanningSnapshot snapshot, List<Verdict> verdicts)
    {
        var training = snapshot.Training;
        if (training.Policy.Approve.IsEmpty && training.Policy.Override.IsEmpty)
        {
            verdicts.Add(notAsked);
            return;
        }

        // What was released on good training is not left half done because a certificate ends at midnight.
        if (snapshot.Run.State is RunState.Released or RunState.Executing or RunState.Verifying)
        {
            verdicts.Add(judged);
            return;
        }

        var before = verdicts.Count;
        verdicts.AddRange(Untrained(snapshot));
        if (verdicts.Count == before)
            verdicts.Add(current);
    }

    private IEnumerable<Verdict> Untrained(PlanningSnapshot snapshot)
    {
        var approvers = snapshot.BrokenGlass is null ? snapshot.Job.ValidApprovers().ToList() : [];
        var untrained = approvers.Where(person => !snapshot.Training.Lacks(person, TrainingAct.Approve, snapshot.Now).IsEmpty).ToList();
        // Somebody's lapsed training does no harm where enough others are trained.
        if (approvers.Count - untrained.Count < snapshot.Job.ApprovalsRequired)
            foreach (var person in untrained)
                yield return Lacking(snapshot, person, TrainingAct.Approve);
        foreach (var person in snapshot.Run.Waivers.Where(waiver => waiver.Counts(snapshot.Now)).SelectMany(waiver => waiver.By).Distinct(Ledger.Signatures.Persons.Comparer))
            if (!snapshot.Training.Lacks(person, TrainingAct.Override, snapshot.Now).IsEmpty)
                yield return Lacking(snapshot, person, TrainingAct.Override);
    }

    private Verdict Lacking(PlanningSnapshot snapshot, string person, TrainingAct act)
    {
        var unreadable = !snapshot.Training.Errors.IsEmpty;
        return Block(
            unreadable ? "training-unreadable" : "training-lacking", string.Join("; ", snapshot.Training.Lacks(person, act, snapshot.Now)),
            snapshot.Training.Refusal(person, act, snapshot.Now)!, doubt: unreadable).About($"{person} ({(act == TrainingAct.Approve ? "approval" : "override")})");
    }
}
