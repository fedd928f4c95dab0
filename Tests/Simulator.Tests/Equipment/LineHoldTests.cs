using PatchEdge.Simulator.Equipment;

namespace PatchEdge.Simulator.Tests.Equipment;

[Trait("Req", "I3")]
public sealed class LineHoldTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void Request_at_an_idle_line_is_granted()
    {
        var (next, granted, _) = LineHold.Free.Request(5, Minute, lineIsIdle: true, Now);
        Assert.True(granted);
        Assert.Equal(new LineHold(5, 5, Now + Minute, 1), next);
    }

    [Fact]
    public void Request_at_a_running_line_is_refused_and_its_token_stays_usable()
    {
        var (next, granted, reason) = LineHold.Free.Request(5, Minute, lineIsIdle: false, Now);
        Assert.False(granted);
        Assert.Equal("the line is not idle", reason);
        Assert.Equal(LineHold.Free, next);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void Request_with_a_token_not_higher_than_any_before_is_refused(long token)
    {
        var released = LineHold.Free.Request(5, Minute, true, Now).Next.Release(5).Next;
        var (next, granted, _) = released.Request(token, Minute, true, Now);
        Assert.False(granted);
        Assert.Equal(released, next);
    }

    [Fact]
    public void Request_repeated_with_the_token_in_force_is_granted_unchanged()
    {
        var held = LineHold.Free.Request(5, Minute, true, Now).Next;
        var (next, granted, _) = held.Request(5, Minute, lineIsIdle: false, Now + Minute);
        Assert.True(granted);
        Assert.Equal(held, next);
    }

    [Fact]
    public void Request_while_another_holds_is_refused_even_after_expiry()
    {
        var held = LineHold.Free.Request(5, Minute, true, Now).Next;
        Assert.False(held.Request(6, Minute, true, Now + Minute + Minute).Granted);
        Assert.True(held.ExpiredAt(Now + Minute + Minute));
        Assert.True(held.Inhibits);
    }

    [Fact]
    [Trait("Req", "I10")]
    public void Request_that_comes_after_its_own_release_holds_nothing()
    {
        var (released, was, _) = LineHold.Free.Release(5);
        Assert.False(was);
        Assert.False(released.Request(5, Minute, lineIsIdle: true, Now).Granted);
        Assert.True(released.Request(6, Minute, lineIsIdle: true, Now).Granted);
    }

    [Fact]
    public void Release_needs_the_token_in_force()
    {
        var held = LineHold.Free.Request(5, Minute, true, Now).Next;
        Assert.False(held.Release(4).Released);
        Assert.True(held.Release(5).Released);
        Assert.False(held.Release(5).Next.Inhibits);
    }
}
