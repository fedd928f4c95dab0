using System.Collections.Immutable;
using PatchEdge.Scheduler.Planning.Gates;

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
        var verdicts = ImmutableArray.CreateBuilder<Verdict>(gates.Length + 4);
        foreach (var gate in gates)
            gate.Ask(snapshot, verdicts);
        return verdicts.DrainToImmutable();
    }

    /// <summary>One verdict per subject, at least one.</summary>
    protected abstract IEnumerable<Verdict> Judge(PlanningSnapshot snapshot);

    protected Verdict Pass(string code, string value, string reason, string subject = "") => new()
    {
        Gate = Name,
        Subject = subject,
        Outcome = GateOutcome.Pass,
        Code = code,
        Value = value,
        Reason = reason,
        Rule = Rule,
        Owner = Owner,
    };

    protected Verdict Block(string code, string value, string reason, string subject = "", DateTimeOffset? expectedClearing = null, bool doubt = false) => new()
    {
        Gate = Name,
        Subject = subject,
        Outcome = GateOutcome.Block,
        Code = code,
        Value = value,
        Reason = reason,
        Rule = Rule,
        Owner = Owner,
        ExpectedClearing = expectedClearing,
        Doubt = doubt,
    };

    private void Ask(PlanningSnapshot snapshot, ImmutableArray<Verdict>.Builder verdicts)
    {
        var before = verdicts.Count;
        try
        {
            foreach (var verdict in Judge(snapshot))
                verdicts.Add(Waivable && snapshot.BrokenGlass is { } waiver ? Waive(verdict, waiver) : verdict);
            if (verdicts.Count == before)
                verdicts.Add(Block("gate-silent", "no answer", "this gate gave no answer, so nothing is released: report it as a defect"));
        }
#pragma warning disable CA1031 // A gate's defect must block the release, whatever it is.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            verdicts.Count = before;
            verdicts.Add(Block("gate-failed", exception.GetType().Name, $"this gate failed, so nothing is released: {exception.Message}; report it as a defect"));
        }
    }

    /// <summary>A break-glass opens what blocks, and says what it opened.</summary>
    private Verdict Waive(Verdict verdict, WaiverFacts waiver) => verdict.Outcome == GateOutcome.Pass || !MayWaive(verdict)
        ? verdict
        : verdict with
        {
            Outcome = GateOutcome.Pass,
            Code = "waived",
            Reason = $"waived by {string.Join(" and ", waiver.By)} until {Words.Time(waiver.Until)} ({waiver.Reason}); it would block: {verdict.Reason}",
            ExpectedClearing = null,
        };
}
