using PatchEdge.Plant.Lines;
using PatchEdge.Scheduler.Evidence;

namespace PatchEdge.Scheduler.Tests.Evidence;

[Trait("Req", "P1")]
public sealed class LineWordTests
{
    /// <summary>Every pair of states, decided on purpose.</summary>
    public static TheoryData<LineState, LineState, LineState, bool> Pairs => new()
    {
        { LineState.Unknown, LineState.Unknown, LineState.Unknown, false },
        { LineState.Unknown, LineState.Active, LineState.Active, false },
        { LineState.Unknown, LineState.Settling, LineState.Settling, false },
        { LineState.Unknown, LineState.Idle, LineState.Idle, false },
        { LineState.Active, LineState.Active, LineState.Active, false },
        { LineState.Active, LineState.Settling, LineState.Unknown, true },
        { LineState.Active, LineState.Idle, LineState.Unknown, true },
        { LineState.Settling, LineState.Settling, LineState.Settling, false },
        { LineState.Settling, LineState.Idle, LineState.Settling, false },
        { LineState.Idle, LineState.Idle, LineState.Idle, false },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Pair_of_states_is_decided(LineState one, LineState other, LineState expected, bool contradicted)
    {
        foreach (var words in new[] { new[] { Word("a", one), Word("b", other) }, [Word("a", other), Word("b", one)] })
        {
            var merged = MergedWords.Of(words);

            Assert.Equal((expected, contradicted), (merged.State, merged.Contradiction is not null));
            Assert.Equal(one == LineState.Active || other == LineState.Active, merged.SaysActive);
            Assert.Equal(words.Where(word => word.State != LineState.Unknown).Select(word => word.State).DefaultIfEmpty(LineState.Unknown).Min(), words[merged.Decisive].State);
        }
    }

    [Fact]
    public void Every_pair_is_in_the_table() =>
        Assert.Equal(
            from one in Enum.GetValues<LineState>() from other in Enum.GetValues<LineState>() where one <= other select (one, other),
            Pairs.Select(pair => (pair.Data.Item1, pair.Data.Item2)).Select(pair => pair.Item1 <= pair.Item2 ? pair : (pair.Item2, pair.Item1)).Order());

    [Theory]
    [InlineData("B-1", "B-1", LineState.Active)]
    [InlineData("B-1", null, LineState.Active)]
    [InlineData("B-1", "B-2", LineState.Unknown)]
    [InlineData("", "B-2", LineState.Unknown)]
    public void Different_batches_contradict_and_an_unknown_one_does_not(string? one, string? other, LineState expected) =>
        Assert.Equal(expected, MergedWords.Of([new LineWord("a", LineState.Active, one), new LineWord("b", LineState.Active, other)]).State);

    [Fact]
    public void Batch_of_a_blind_gateway_is_history() =>
        Assert.Equal(LineState.Idle, MergedWords.Of([new LineWord("a", LineState.Unknown, "B-1"), new LineWord("b", LineState.Idle, "")]).State);

    [Fact]
    public void Nobody_proves_nothing() => Assert.Equal((LineState.Unknown, -1), (MergedWords.Of([]).State, MergedWords.Of([]).Decisive));

    private static LineWord Word(string gateway, LineState state) => new(gateway, state, null);
}
