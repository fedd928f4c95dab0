using System.Collections.Immutable;
using PatchEdge.Scheduler.Planning.Gates.Hosts;
using PatchEdge.Scheduler.Planning.Gates.Job;
using PatchEdge.Scheduler.Planning.Gates.Lines;
using PatchEdge.Scheduler.Planning.Gates.Site;
using PatchEdge.Scheduler.Planning.Gates.Times;

namespace PatchEdge.Scheduler.Planning;

/// <summary>One condition for release. Pure: it looks at nothing but the snapshot, and answers every time it is asked.</summary>
internal abstract class Gate
{
    /// <summary>Every gate there is, in the order in which a person wants to read them.</summary>
    public static readonly ImmutableArray<Gate> All =
    [
        new EmergencyStopGate(),
        new ApprovedGate(),
        new TrainingGate(),
        new ContentUnchangedGate(),
        new PlanGate(),
        new CampaignWaveGate(),
        new NotBeforeGate(),
        new WindowGate(),
        new FreezeGate(),
        new LineIdleGate(),
        new LineHeldGate(),
        new CoverageGate(),
        new HostOnlineGate(),
        new AgentReadyGate(),
        new AgentKeyGate(),
        new ProcedureGate(),
        new OneRunPerHostGate(),
        new OneRunPerLineGate(),
        new RedundancyGroupGate(),
        new ConcurrencyGate(),
        new LedgerWritableGate(),
        new ClockSoundGate(),
    ];

    /// <summary>Name of the gate, such as <c>line-idle</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The rule in one sentence.</summary>
    public abstract string Rule { get; }

    /// <summary>The role that can clear it.</summary>
    public abstract string Owner { get; }

    /// <summary>Two people may pass it over for one run; see <see cref="WaiverKind.BreakGlass"/>.</summary>
    public virtual bool Waivable => false;

    /// <summary>Whether this answer of a waivable gate may be passed over.</summary>
    protected virtual bool MayWaive(Verdict verdict) => true;

    /// <summary>Asks every gate, always: nothing is left out because something before it blocks.</summary>
    /// <remarks>A gate that throws, or that says nothing at all, blocks.</remarks>
    public static ImmutableArray<Verdict> Evaluate(PlanningSnapshot snapshot) => Evaluate(snapshot, All);

    /// <inheritdoc cref="Evaluate(PlanningSnapshot)"/>
    internal static ImmutableArray<Verdict> Evaluate(PlanningSnapshot snapshot, ImmutableArray<Gate> gates)
    {
        var verdicts = new List<Verdict>(gates.Length + 4);
        Evaluate(snapshot, gates, verdicts);
        return [.. verdicts];
    }

    /// <summary>The same for many runs one after the other, without an array for each.</summary>
    /// <param name="snapshot">One run's.</param>
    /// <param name="verdicts">What was in it is gone; then it holds the answers.</param>
    public static void Evaluate(PlanningSnapshot snapshot, List<Verdict> verdicts)
    {
        verdicts.Clear();
        Evaluate(snapshot, All, verdicts);
    }

    /// <summary>Adds one verdict per subject, at least one.</summary>
    protected abstract void Judge(PlanningSnapshot snapshot, List<Verdict> verdicts);

    protected Finding Pass(string code, string value, string reason) => new()
    {
        Gate = Name,
        Outcome = GateOutcome.Pass,
        Code = code,
        Value = value,
        Reason = reason,
        Rule = Rule,
        Owner = Owner,
    };

    protected Finding Block(string code, string value, string reason, DateTimeOffset? expectedClearing = null, bool doubt = false) => new()
    {
        Gate = Name,
        Outcome = GateOutcome.Block,
        Code = code,
        Value = value,
        Reason = reason,
        Rule = Rule,
        Owner = Owner,
        ExpectedClearing = expectedClearing,
        Doubt = doubt,
    };

    private static void Evaluate(PlanningSnapshot snapshot, ImmutableArray<Gate> gates, List<Verdict> verdicts)
    {
        var waiver = snapshot.BrokenGlass;
        foreach (var gate in gates)
            gate.Ask(snapshot, waiver, verdicts);
    }

    private void Ask(PlanningSnapshot snapshot, WaiverFacts? waiver, List<Verdict> verdicts)
    {
        var before = verdicts.Count;
        try
        {
            Judge(snapshot, verdicts);
            if (verdicts.Count == before)
                verdicts.Add(Block("gate-silent", "no answer", "this gate gave no answer, so nothing is released: report it as a defect"));
            if (Waivable && waiver is not null)
                for (var place = before; place < verdicts.Count; place++)
                    verdicts[place] = Waive(verdicts[place], waiver);
        }
#pragma warning disable CA1031 // A gate's defect must block the release, whatever it is.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            verdicts.RemoveRange(before, verdicts.Count - before);
            verdicts.Add(Block("gate-failed", exception.GetType().Name, $"this gate failed, so nothing is released: {exception.Message}; report it as a defect"));
        }
    }

    /// <summary>A break-glass opens what blocks, and says what it opened.</summary>
    private Verdict Waive(Verdict verdict, WaiverFacts waiver) => verdict.Outcome == GateOutcome.Pass || !MayWaive(verdict)
        ? verdict
        : verdict with
        {
            Finding = verdict.Finding with
            {
                Outcome = GateOutcome.Pass,
                Code = "waived",
                Reason = $"waived by {string.Join(" and ", waiver.By)} until {Words.Time(waiver.Until)} ({waiver.Reason}); it would block: {verdict.Reason}",
                ExpectedClearing = null,
            },
        };
}

/// <summary>A gate that answers once.</summary>
internal abstract class RunGate : Gate
{
    /// <summary>Its one answer.</summary>
    protected abstract Verdict Judge(PlanningSnapshot snapshot);

    protected sealed override void Judge(PlanningSnapshot snapshot, List<Verdict> verdicts) => verdicts.Add(Judge(snapshot));
}
