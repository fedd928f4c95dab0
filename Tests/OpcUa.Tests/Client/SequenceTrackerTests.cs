using PatchEdge.OpcUa.Client;

namespace PatchEdge.OpcUa.Tests.Client;

/// <summary>Part 4 §5.14.1.1: the sequence of a subscription's notification messages.</summary>
public sealed class SequenceTrackerTests
{
    private readonly SequenceTracker tracker = new();

    [Fact]
    [Trait("Clause", "Part 4 Publish numbers")]
    public void Numbers_begin_at_one()
    {
        Assert.Equal(SequenceVerdict.InOrder, tracker.Judge(1, isKeepAlive: false));
        Assert.Equal(SequenceVerdict.Missing, tracker.Judge(2, isKeepAlive: false));
    }

    [Fact]
    [Trait("Clause", "Part 4 Publish numbers")]
    public void Keep_alive_carries_the_next_number_without_using_it_up()
    {
        Assert.Equal(SequenceVerdict.InOrder, tracker.Judge(1, isKeepAlive: true));
        Assert.Equal(SequenceVerdict.InOrder, tracker.Judge(1, isKeepAlive: true));
        Assert.Equal(SequenceVerdict.InOrder, tracker.Judge(1, isKeepAlive: false));
        tracker.Advance();
        Assert.Equal(SequenceVerdict.InOrder, tracker.Judge(2, isKeepAlive: true));
        Assert.Equal(SequenceVerdict.Missing, tracker.Judge(3, isKeepAlive: true));
    }

    [Fact]
    [Trait("Clause", "Part 4 Publish numbers")]
    public void Wrap_goes_to_one()
    {
        tracker.AdvanceTo(uint.MaxValue);
        Assert.Equal(SequenceVerdict.InOrder, tracker.Judge(uint.MaxValue, isKeepAlive: false));
        tracker.Advance();
        Assert.Equal(SequenceVerdict.InOrder, tracker.Judge(1, isKeepAlive: false));
        Assert.Equal(SequenceVerdict.Late, tracker.Judge(0, isKeepAlive: false));
        Assert.Equal(SequenceVerdict.Late, tracker.Judge(uint.MaxValue, isKeepAlive: false));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Stragglers_never_prove_a_new_numbering(bool isKeepAlive)
    {
        tracker.AdvanceTo(50);
        for (uint number = 1; number < 49; number++)
            Assert.Equal(SequenceVerdict.Late, tracker.Judge(number, isKeepAlive, isStraggler: true));
        Assert.Equal(SequenceVerdict.InOrder, tracker.Judge(50, isKeepAlive, isStraggler: true));
    }

    [Fact]
    public void Duplicates_are_late_for_ever()
    {
        tracker.AdvanceTo(10);
        for (var i = 0; i < 10; i++)
            Assert.Equal(SequenceVerdict.Late, tracker.Judge(9, isKeepAlive: false));
        Assert.Equal(10u, tracker.Expected);
    }

    [Fact]
    public void Three_late_ones_in_a_row_are_a_new_numbering()
    {
        tracker.AdvanceTo(50);
        Assert.Equal(SequenceVerdict.Late, tracker.Judge(1, isKeepAlive: false));
        Assert.Equal(SequenceVerdict.Late, tracker.Judge(2, isKeepAlive: false));
        Assert.Equal(SequenceVerdict.Restarted, tracker.Judge(3, isKeepAlive: false));
    }

    [Fact]
    public void One_keep_alive_with_a_number_that_is_behind_is_a_new_numbering()
    {
        tracker.AdvanceTo(50);
        Assert.Equal(SequenceVerdict.Restarted, tracker.Judge(7, isKeepAlive: true));
    }
}
