using System.Text.Json;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Tests.Holds;

/// <summary>The gateway asks the controller, reads the line past every cache, and tells what it heard; it never makes up an answer.</summary>
[Trait("Req", "I2")]
public sealed class HoldDeskTests
{
    [Fact]
    [Trait("Req", "I6")]
    public async Task Hold_that_is_granted_comes_with_the_line_as_read_after_it()
    {
        await using var fixture = await HoldFixture.StartAsync();
        var before = TimeProvider.System.GetUtcNow();

        var reply = await fixture.AskAsync(fixture.Hold(7));

        Assert.Equal((true, true, 3L, true), (reply.Answered, reply.Granted, reply.Epoch, reply.IdleAfterHold));
        Assert.True(reply.ReadAt >= before);
        Assert.Equal([7L], fixture.Asked);
        var released = await fixture.AskAsync(fixture.Release(7));
        Assert.Equal((true, true, (bool?)null), (released.Answered, released.Granted, released.IdleAfterHold));
    }

    [Theory]
    [InlineData(6, "Execute")]
    [InlineData(99, "no state of profile")]
    [Trait("Req", "I6")]
    public async Task Line_that_moved_while_it_was_asked_is_told_not_idle(int state, string why)
    {
        await using var fixture = await HoldFixture.StartAsync();
        fixture.AfterHold = () => fixture.State.SetValue(new DataValue(state));

        var reply = await fixture.AskAsync(fixture.Hold(7));

        Assert.Equal((true, true, false), (reply.Answered, reply.Granted, reply.IdleAfterHold));
        Assert.Contains(why, reply.Reason, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Req", "P1")]
    public async Task Line_that_reads_bad_after_the_hold_is_not_idle()
    {
        await using var fixture = await HoldFixture.StartAsync();
        fixture.AfterHold = () => fixture.State.SetValue(new DataValue(4, StatusCodes.BadSensorFailure));

        var reply = await fixture.AskAsync(fixture.Hold(7));

        Assert.False(reply.IdleAfterHold);
        Assert.Contains("BadSensorFailure", reply.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refusal_of_the_controller_is_told_in_its_words_and_nothing_is_read()
    {
        await using var fixture = await HoldFixture.StartAsync();
        fixture.Answer = (false, 3, "a recipe is being loaded");

        var reply = await fixture.AskAsync(fixture.Hold(7));

        Assert.Equal((true, false, "a recipe is being loaded"), (reply.Answered, reply.Granted, reply.Reason));
        Assert.Null(reply.IdleAfterHold);
        Assert.Null(reply.ReadAt);
    }

    [Fact]
    [Trait("Req", "P2")]
    public async Task Controller_that_does_not_answer_is_told_as_no_answer()
    {
        await using var fixture = await HoldFixture.StartAsync();
        fixture.Silent = true;

        var reply = await fixture.AskAsync(fixture.Hold(7));

        Assert.Equal((false, false), (reply.Answered, reply.Granted));
    }

    [Fact]
    [Trait("Req", "P2")]
    public async Task Server_that_is_gone_is_told_as_no_answer()
    {
        await using var fixture = await HoldFixture.StartAsync();
        await fixture.StopServerAsync();

        var reply = await fixture.AskAsync(fixture.Hold(7));

        Assert.Equal((false, false), (reply.Answered, reply.Granted));
        Assert.NotEmpty(reply.Reason);
    }

    [Fact]
    [Trait("Req", "hostile-52")]
    public async Task Request_delivered_twice_is_asked_once_and_answered_twice_alike()
    {
        await using var fixture = await HoldFixture.StartAsync();
        var request = fixture.Hold(7);
        var first = await fixture.AskAsync(request);

        await fixture.SendAsync(JsonSerializer.SerializeToUtf8Bytes(request, MessageJson.Default.HoldRequest));
        await fixture.AskAsync(fixture.Hold(8));

        Assert.Equal([7L, 8L], fixture.Asked);
        Assert.Equal([first, first], fixture.Replies.Where(reply => reply.Request == request.Request));
    }

    [Fact]
    [Trait("Req", "I3")]
    public async Task Hold_that_arrives_after_its_own_release_holds_nothing()
    {
        await using var fixture = await HoldFixture.StartAsync();
        await fixture.AskAsync(fixture.Release(7));

        var late = await fixture.AskAsync(fixture.Hold(7));

        Assert.Equal((true, false), (late.Answered, late.Granted));
        Assert.Equal([-7L], fixture.Asked);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Req", "I10")]
    public async Task Line_that_the_plant_file_lost_while_it_was_held_is_freed_and_never_held_again(bool restarted)
    {
        await using var fixture = await HoldFixture.StartAsync();
        await fixture.AskAsync(fixture.Hold(7));
        fixture.LoseTheLine();
        if (restarted)
            await fixture.RestartDeskAsync();
        await fixture.SendAsync(JsonSerializer.SerializeToUtf8Bytes(fixture.Hold(8), MessageJson.Default.HoldRequest));

        var reply = await fixture.AskAsync(fixture.Release(7));

        Assert.Equal((true, true), (reply.Answered, reply.Granted));
        Assert.Equal([7L, -7L], fixture.Asked);
        // It is free: how it was held is known no longer.
        await fixture.RestartDeskAsync();
        await fixture.SendAsync(JsonSerializer.SerializeToUtf8Bytes(fixture.Release(7), MessageJson.Default.HoldRequest));
        Assert.False((await fixture.AskAsync(fixture.Hold(9) with { Line = "Other" })).Granted);
        Assert.Equal([7L, -7L], fixture.Asked);
    }

    [Fact]
    [Trait("Req", "hostile-53")]
    public async Task Retained_damaged_and_foreign_requests_are_not_passed_on()
    {
        await using var fixture = await HoldFixture.StartAsync();
        await fixture.SendAsync(JsonSerializer.SerializeToUtf8Bytes(fixture.Hold(5), MessageJson.Default.HoldRequest), retain: true);
        await fixture.RestartDeskAsync();
        await fixture.SendAsync("{}"u8.ToArray());
        await fixture.SendAsync(new byte[10_000]);
        await fixture.SendAsync(JsonSerializer.SerializeToUtf8Bytes(fixture.Hold(6) with { Line = "M" }, MessageJson.Default.HoldRequest));
        await fixture.SendAsync(JsonSerializer.SerializeToUtf8Bytes(fixture.Hold(6) with { DurationMs = 0 }, MessageJson.Default.HoldRequest));
        await fixture.SendAsync(JsonSerializer.SerializeToUtf8Bytes(fixture.Hold(-6), MessageJson.Default.HoldRequest));

        await fixture.AskAsync(fixture.Hold(7));

        Assert.Equal([7L], fixture.Asked);
        Assert.Single(fixture.Replies);
    }

    [Fact]
    public async Task Hold_by_tags_writes_the_token_and_waits_until_it_is_acknowledged()
    {
        await using var fixture = await HoldFixture.StartAsync("{ tags: }");
        var asking = fixture.AskAsync(fixture.Hold(7));
        await Eventually.TrueAsync("the token is written", () => Task.FromResult(Equals(7L, fixture.Request.Value.Value.Get<long>())), TimeSpan.FromSeconds(10));
        Assert.False(asking.IsCompleted);
        fixture.Acknowledge.SetValue(new DataValue(7L));

        var reply = await asking;

        Assert.Equal((true, true, true), (reply.Answered, reply.Granted, reply.IdleAfterHold));
        var foreign = await fixture.AskAsync(fixture.Release(6));
        Assert.Equal((true, false), (foreign.Answered, foreign.Granted));
        fixture.Acknowledge.SetValue(new DataValue(0L));
        Assert.True((await fixture.AskAsync(fixture.Release(7))).Granted);
        Assert.Equal(0L, fixture.Request.Value.Value.Get<long>());
    }

    [Fact]
    [Trait("Req", "P2")]
    public async Task Hold_by_tags_without_acknowledgement_is_no_answer()
    {
        await using var fixture = await HoldFixture.StartAsync("{ tags: }");

        var reply = await fixture.AskAsync(fixture.Hold(7));

        Assert.Equal((false, false), (reply.Answered, reply.Granted));
    }
}
