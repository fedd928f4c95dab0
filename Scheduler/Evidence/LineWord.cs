using PatchEdge.Plant.Lines;

namespace PatchEdge.Scheduler.Evidence;

/// <summary>What one gateway says about a line on evidence that may be relied on; <see cref="LineState.Unknown"/> says nothing.</summary>
/// <param name="Gateway">Who says it.</param>
/// <param name="State">The state.</param>
/// <param name="Batch">The batch; empty for none, null when it is not known.</param>
internal sealed record LineWord(string Gateway, LineState State, string? Batch);

/// <summary>What several gateways' words about one line amount to.</summary>
/// <param name="State">The line's state.</param>
/// <param name="Decisive">Index of the word that decides; -1 when there is none.</param>
/// <param name="Contradiction">Who contradicts whom, in an operator's words; null when nobody does.</param>
internal sealed record MergedWords(LineState State, int Decisive, string? Contradiction)
{
    /// <summary>Whether one of them says that the line works, contradicted or not: evidence against a release that is under way.</summary>
    public required bool SaysActive { get; init; }

    /// <summary>Doubt in one is covered by proof in another; of proofs the least idle decides; opposite proofs, and different batches, prove nothing.</summary>
    /// <remarks>
    /// Settling beside Idle is no contradiction: both see every condition hold, one of them not for long enough. Active beside either
    /// is one: of the same equipment at the same time both cannot be true, and between two messages of a start one of them is late.
    /// </remarks>
    public static MergedWords Of(IReadOnlyList<LineWord> words)
    {
        var seeing = words.Index().Where(word => word.Item.State != LineState.Unknown).ToList();
        var active = seeing.Exists(word => word.Item.State == LineState.Active);
        if (seeing.Count == 0)
            return new MergedWords(LineState.Unknown, words.Count == 0 ? -1 : 0, null) { SaysActive = false };
        var decisive = seeing.MinBy(word => word.Item.State);
        var contradiction = Opposed([.. seeing.Select(word => word.Item)]);
        return new MergedWords(contradiction is null ? decisive.Item.State : LineState.Unknown, decisive.Index, contradiction) { SaysActive = active };
    }

    private static string? Opposed(List<LineWord> seeing)
    {
        var active = seeing.Find(word => word.State == LineState.Active);
        var resting = seeing.Find(word => word.State is LineState.Idle or LineState.Settling);
        if (active is not null && resting is not null)
            return $"gateways contradict each other: {active.Gateway} sees it active, {resting.Gateway} sees it {(resting.State == LineState.Idle ? "idle" : "settling")}";
        var named = seeing.Where(word => word.Batch is not null).ToList();
        var other = named.Find(word => word.Batch != named[0].Batch);
        return other is null ? null : $"gateways contradict each other: {named[0].Gateway} sees {Batch(named[0])}, {other.Gateway} sees {Batch(other)}";
    }

    private static string Batch(LineWord word) => word.Batch!.Length == 0 ? "no batch" : $"batch {word.Batch}";
}
