using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PatchEdge.Agent.Configuration;
using PatchEdge.Agent.Permits;
using PatchEdge.Agent.Tests.Harness;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Signing;

namespace PatchEdge.Agent.Tests.Permits;

public sealed class GoAheadDeskTests : IDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly SchedulerKey scheduler = new();
    private readonly RefusalCounter refusals;
    private readonly GoAheadDesk desk;
    private readonly List<GoAheadRequest> sent = [];
    private bool connected = true;

    public GoAheadDeskTests()
    {
        refusals = new RefusalCounter(NullLogger<RefusalCounter>.Instance, time);
        desk = new GoAheadDesk(scheduler.Identity, new AgentTimings(), refusals, time, (request, _) =>
        {
            sent.Add(request);
            return Task.FromResult(connected);
        });
    }

    [Fact]
    public async Task Granted_go_ahead_gives_a_right_that_ends()
    {
        var asking = Ask();
        Receive(SchedulerKey.GoAhead(sent[0]));
        var answer = await asking;
        Assert.True(answer.Permission!.Value.IsLive(time));
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.False(answer.Permission!.Value.IsLive(time));
    }

    [Fact]
    public async Task Denied_go_ahead_carries_its_reason()
    {
        var asking = Ask();
        Receive(SchedulerKey.GoAhead(sent[0], granted: false));
        var answer = await asking;
        Assert.Null(answer.Permission);
        Assert.Contains("a batch was loaded", answer.Reason);
    }

    [Fact]
    public async Task Silence_means_no_after_asking_again_with_fresh_nonces()
    {
        var answer = await ElapseAsync(Ask());
        Assert.Null(answer.Permission);
        Assert.Contains("no answer", answer.Reason);
        Assert.InRange(sent.Count, 3, 10);
        Assert.Equal(sent.Count, sent.Select(request => request.Nonce).Distinct().Count());
    }

    [Fact]
    public async Task Without_a_broker_the_wait_is_longer_and_ends_too()
    {
        connected = false;
        var answer = await ElapseAsync(Ask());
        Assert.Null(answer.Permission);
        Assert.Contains("no broker", answer.Reason);
    }

    [Fact]
    public async Task Answer_to_an_earlier_request_of_the_same_question_counts_while_it_lives()
    {
        var asking = Ask();
        time.Advance(TimeSpan.FromSeconds(5));
        await Eventually.TrueAsync("second request", () => Task.FromResult(sent.Count >= 2), TimeSpan.FromSeconds(20));
        Receive(SchedulerKey.GoAhead(sent[0]));
        Assert.NotNull((await asking).Permission);
    }

    [Fact]
    public async Task Expired_go_ahead_is_refused()
    {
        var asking = Ask();
        time.Advance(TimeSpan.FromSeconds(4));
        Receive(SchedulerKey.GoAhead(sent[0]) with { LifetimeMs = 4_000 });
        Assert.Equal(1, refusals[Refusal.Expired]);
        Assert.Null((await ElapseAsync(asking)).Permission);
    }

    [Fact]
    public async Task Anything_that_is_not_the_answer_to_the_question_is_refused_and_the_answer_still_counts()
    {
        var asking = Ask();
        var genuine = SchedulerKey.GoAhead(sent[0]);
        using var other = new SchedulerKey();
        desk.Receive(Bytes(other.Sign(genuine)), retained: false);
        desk.Receive(Bytes(scheduler.Sign(genuine, SignedToken.PermitType)), retained: false);
        desk.Receive(Bytes(scheduler.Sign(genuine)), retained: true);
        desk.Receive(new byte[SignedToken.MaximumLength + 1], retained: false);
        Receive(genuine with { Host = "other" });
        Receive(genuine with { Nonce = PendingNonces.Create() });
        Assert.Equal(2, refusals[Refusal.NotGenuine]);
        Assert.Equal(1, refusals[Refusal.Retained]);
        Assert.Equal(1, refusals[Refusal.Malformed]);
        Assert.Equal(1, refusals[Refusal.OtherHost]);
        Assert.Equal(1, refusals[Refusal.UnknownNonce]);
        Receive(genuine);
        Assert.NotNull((await asking).Permission);
    }

    [Fact]
    public async Task Answer_for_another_run_step_or_token_gives_no_right()
    {
        var asking = Ask();
        Receive(SchedulerKey.GoAhead(sent[0]) with { Step = "other" });
        Assert.Equal(1, refusals[Refusal.OtherStep]);
        Assert.Null((await ElapseAsync(asking)).Permission);
        sent.Clear();
        asking = Ask();
        Receive(SchedulerKey.GoAhead(sent[0]) with { Run = "other" });
        Assert.Equal(1, refusals[Refusal.OtherRun]);
        Assert.Null((await ElapseAsync(asking)).Permission);
        sent.Clear();
        asking = Ask();
        Receive(SchedulerKey.GoAhead(sent[0]) with { Token = 8 });
        Assert.Equal(2, refusals[Refusal.OtherStep]);
        Assert.Null((await ElapseAsync(asking)).Permission);
    }

    [Fact]
    public async Task Replayed_go_ahead_opens_no_later_question()
    {
        var asking = Ask();
        var first = SchedulerKey.GoAhead(sent[0]);
        Receive(first);
        await asking;
        sent.Clear();
        var second = Ask();
        Receive(first);
        Assert.Equal(1, refusals[Refusal.UnknownNonce]);
        Assert.Null((await ElapseAsync(second)).Permission);
    }

    public void Dispose()
    {
        desk.Dispose();
        scheduler.Dispose();
    }

    private Task<GoAheadAnswer> Ask() => desk.AskAsync("run-1", 7, "install", TestContext.Current.CancellationToken);

    private void Receive(GoAhead goAhead) => desk.Receive(Bytes(scheduler.Sign(goAhead)), retained: false);

    private async Task<GoAheadAnswer> ElapseAsync(Task<GoAheadAnswer> asking)
    {
        await Eventually.TrueAsync("the wait is over", () =>
        {
            time.Advance(TimeSpan.FromSeconds(connected ? 5 : 60));
            return Task.FromResult(asking.IsCompleted);
        }, TimeSpan.FromSeconds(30));
        return await asking;
    }

    private static byte[] Bytes(string token) => Encoding.UTF8.GetBytes(token);
}
