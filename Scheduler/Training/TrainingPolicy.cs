using System.Collections.Immutable;

namespace PatchEdge.Scheduler.Training;

/// <summary>What people's signatures do, as far as training for it goes.</summary>
internal enum TrainingAct
{
    /// <summary>Approving a job or a campaign's plan.</summary>
    Approve,

    /// <summary>Standing by a line, breaking the glass, settling a quarantined run.</summary>
    Override,
}

/// <summary>Which qualifications the site asks of whom.</summary>
/// <param name="Approve">All of them are needed to approve; empty asks nothing.</param>
/// <param name="Override">All of them are needed to override; empty asks nothing.</param>
internal sealed record TrainingPolicy(ImmutableArray<string> Approve, ImmutableArray<string> Override)
{
    /// <summary>The site asks nobody for training.</summary>
    public static TrainingPolicy None { get; } = new([], []);

    /// <summary>Directory of training tables, as <c>*.csv</c>; a missing one is an empty one.</summary>
    public string Records { get; init; } = "";

    public ImmutableArray<string> For(TrainingAct act) => act == TrainingAct.Approve ? Approve : Override;
}
