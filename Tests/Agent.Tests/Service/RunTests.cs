using System.Text.Json;
using PatchEdge.Agent.Permits;
using PatchEdge.Agent.Procedures;
using PatchEdge.Agent.State;
using PatchEdge.Agent.Tests.Harness;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Signing;

namespace PatchEdge.Agent.Tests.Service;

/// <summary>Whole runs over a real broker with real child processes.</summary>
public sealed class RunTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private SchedulerDouble scheduler = null!;

    private string Evidence => folder.File("evidence");

    public async ValueTask InitializeAsync() => scheduler = await SchedulerDouble.StartAsync();

    [Fact]
    public async Task Run_goes_through_every_step_and_tells_each()
    {
        var procedure = Update(Append("one"), Append("two") with { Irreversible = true }, Append("three"));
        await using var agent = await StartAsync(procedure);
        await scheduler.ReleaseAsync(procedure);
        await scheduler.ProgressAsync(RunPhase.Succeeded);
        Assert.Equal(["one", "two", "three"], Done());
        Assert.Equal(
            [
                (RunPhase.Accepted, null),
                (RunPhase.StepStarted, "one"), (RunPhase.StepCompleted, "one"),
                (RunPhase.AwaitingGoAhead, "two"), (RunPhase.StepStarted, "two"), (RunPhase.StepCompleted, "two"),
                (RunPhase.StepStarted, "three"), (RunPhase.StepCompleted, "three"),
                (RunPhase.Succeeded, null),
            ],
            scheduler.Course().Select(progress => (progress.Phase, progress.Step)));
        Assert.Equal(Enumerable.Range(1, 9).Select(number => (long)number), scheduler.Course().Select(progress => progress.Sequence));
        Assert.All(scheduler.Course(), progress => Assert.Equal(7, progress.Token));
        await scheduler.ReadyAsync();
        Assert.Equal(7, (await scheduler.RetainedStatusAsync())!.HighestToken);
    }

    [Fact]
    [Trait("Req", "I3")]
    public async Task Token_is_durable_before_the_first_step()
    {
        var procedure = Update(StepHelper.Step("wait", "append-and-wait", Evidence, "wait") with { Timeout = TimeSpan.FromSeconds(3) });
        await using var agent = await StartAsync(procedure);
        await scheduler.ReleaseAsync(procedure);
        await Eventually.TrueAsync("the step runs", () => Task.FromResult(Done().Length > 0), TimeSpan.FromSeconds(20));
        Assert.Equal(7, StateStore.Peek(folder.Folder("data"), out _)!.HighestToken);
        Assert.Equal("run-1", (await scheduler.RetainedStatusAsync())!.CurrentRun);
        await scheduler.ProgressAsync(RunPhase.Stopped);
    }

    [Fact]
    public async Task Steps_are_told_of_their_run_and_its_signed_permit_also_after_a_restart()
    {
        var seen = folder.File("seen.json");
        var procedure = Update(
            StepHelper.Step("wait", "wait-once", Evidence, "wait") with { Repeatable = true },
            StepHelper.Step("describe", "describe", seen));
        Permit permit;
        await using (await RunningAgent.StartAsync(scheduler, folder, [procedure], timings: RunningAgent.Quick with { StopWait = TimeSpan.FromMilliseconds(50) }))
        {
            permit = await scheduler.ReleaseAsync(procedure);
            await Eventually.TrueAsync("the step runs", () => Task.FromResult(Done().Length > 1), TimeSpan.FromSeconds(20));
        }

        await using var restarted = await StartAsync(procedure);
        await scheduler.ProgressAsync(RunPhase.Succeeded);
        var told = JsonSerializer.Deserialize<StepSurroundings>(await File.ReadAllTextAsync(seen, TestContext.Current.CancellationToken))!.Environment;
        Assert.Equal(
            (SchedulerKey.Site, SchedulerKey.Host, "run-1", "7", "Filling", "describe", SchedulerKey.Patch),
            (told["PATCHEDGE_SITE"], told["PATCHEDGE_HOST"], told["PATCHEDGE_RUN"], told["PATCHEDGE_TOKEN"], told["PATCHEDGE_LINES"], told["PATCHEDGE_STEP"], told["PATCHEDGE_PATCH_DIGEST"]));
        Assert.True(SignedToken.TryVerify(told["PATCHEDGE_PERMIT"], SignedToken.PermitType, scheduler.Keys.Key, MessageJson.Default.Permit, out var signed, out var why), why);
        Assert.Equal((permit.Nonce, permit.Token), (signed!.Nonce, signed.Token));
    }

    [Fact]
    public async Task Denied_go_ahead_before_anything_was_done_stops_the_run()
    {
        scheduler.AnswerGoAhead = request => SchedulerKey.GoAhead(request, granted: false);
        var procedure = Update(Append("one") with { Irreversible = true }) with { Rollback = [Append("back")] };
        await using var agent = await StartAsync(procedure);
        await scheduler.ReleaseAsync(procedure);
        var end = await scheduler.ProgressAsync(RunPhase.Stopped);
        Assert.Contains("a batch was loaded", end.Detail);
        Assert.Empty(Done());
    }

    [Fact]
    public async Task Silence_at_an_edge_undoes_what_was_done()
    {
        scheduler.AnswerGoAhead = _ => null;
        var procedure = Update(Append("one"), Append("two") with { Irreversible = true }) with { Rollback = [Append("back-two") with { Undoes = "two" }, Append("back-one") with { Undoes = "one" }] };
        await using var agent = await StartAsync(procedure);
        await scheduler.ReleaseAsync(procedure);
        var end = await scheduler.ProgressAsync(RunPhase.RolledBack);
        Assert.Contains("no answer", end.Detail);
        Assert.Equal(["one", "back-one"], Done());
    }

    [Fact]
    public async Task Failing_step_is_rolled_back_with_its_exit_code_and_output_told()
    {
        var procedure = Update(Append("one") with { Irreversible = true }, StepHelper.Step("bad", "exit", "3")) with { Rollback = [Append("back")] };
        await using var agent = await StartAsync(procedure);
        await scheduler.ReleaseAsync(procedure);
        await scheduler.ProgressAsync(RunPhase.RolledBack);
        var turn = scheduler.Course().First(progress => progress.Phase == RunPhase.RollingBack);
        Assert.Equal(("bad", 3), (turn.Step, turn.ExitCode));
        Assert.Contains("leaving with 3", turn.Detail);
        Assert.Equal(["one", "back"], Done());
    }

    [Fact]
    public async Task Failing_rollback_leaves_the_outcome_unknown_and_goes_no_further()
    {
        var procedure = Update(StepHelper.Step("bad", "exit", "3")) with { Rollback = [StepHelper.Step("bad-back", "exit", "4"), Append("after")] };
        await using var agent = await StartAsync(procedure);
        await scheduler.ReleaseAsync(procedure);
        var end = await scheduler.ProgressAsync(RunPhase.Unknown);
        Assert.Equal(("bad-back", 4), (end.Step, end.ExitCode));
        Assert.Empty(Done());
    }

    [Fact]
    public async Task Failure_after_an_irreversible_step_that_nothing_undoes_is_unknown()
    {
        var procedure = Update(Append("one") with { Irreversible = true }, StepHelper.Step("bad", "exit", "3"));
        await using var agent = await StartAsync(procedure);
        await scheduler.ReleaseAsync(procedure);
        Assert.Contains("'one'", (await scheduler.ProgressAsync(RunPhase.Unknown)).Detail);
    }

    [Fact]
    public async Task Step_past_its_timeout_is_killed_and_rolled_back()
    {
        var procedure = Update(StepHelper.Step("slow", "append-and-wait", Evidence, "slow") with { Timeout = TimeSpan.FromSeconds(2) }) with { Rollback = [Append("back")] };
        await using var agent = await StartAsync(procedure);
        await scheduler.ReleaseAsync(procedure);
        Assert.Contains("was killed", (await scheduler.ProgressAsync(RunPhase.RolledBack)).Detail);
        Assert.Equal(["slow", "back"], Done());
    }

    [Fact]
    public async Task Reboot_step_after_which_the_host_does_not_go_down_has_failed()
    {
        var procedure = Update(StepHelper.Step("reboot", "exit", "0") with { Irreversible = true, Reboot = true, Timeout = TimeSpan.FromSeconds(2) }) with { Rollback = [Append("back")] };
        await using var agent = await StartAsync(procedure);
        await scheduler.ReleaseAsync(procedure);
        Assert.Contains("did not restart", (await scheduler.ProgressAsync(RunPhase.RolledBack)).Detail);
    }

    [Fact]
    [Trait("Req", "I8")]
    public async Task Replayed_permit_does_nothing_also_after_a_restart()
    {
        var procedure = Update(Append("one"));
        Permit permit;
        await using (var agent = await StartAsync(procedure))
        {
            permit = await scheduler.ReleaseAsync(procedure);
            await scheduler.ProgressAsync(RunPhase.Succeeded);
            await scheduler.ReadyAsync();
            await scheduler.PermitAsync(permit);
            await scheduler.PermitAsync(permit with { Token = 8 });
            await CountedAsync(agent, Refusal.UsedNonce, 2);
        }

        await using var restarted = await StartAsync(procedure);
        await scheduler.ReadyAsync();
        await scheduler.PermitAsync(permit);
        await CountedAsync(restarted, Refusal.UnknownNonce, 1);
        Assert.Equal(["one"], Done());
        Assert.Equal(7, restarted.State!.HighestToken);
    }

    [Fact]
    [Trait("Req", "I8")]
    public async Task Retained_permit_does_nothing_whether_it_waited_or_comes_live()
    {
        var procedure = Update(Append("one"));
        await using (var agent = await StartAsync(procedure))
        {
            await scheduler.PermitAsync(SchedulerKey.Permit(procedure, await scheduler.NonceAsync(procedure)), retain: true);
            await CountedAsync(agent, Refusal.Retained, 1);
        }

        await using var restarted = await StartAsync(procedure);
        await CountedAsync(restarted, Refusal.Retained, 1);
        Assert.Empty(Done());
    }

    [Fact]
    public async Task Permit_refused_for_a_genuine_run_is_told_and_told_again_until_acknowledged()
    {
        scheduler.Acknowledges = false;
        var procedure = Update(Append("one"));
        await using var agent = await StartAsync(procedure);
        var permit = SchedulerKey.Permit(procedure, await scheduler.NonceAsync(procedure)) with { LifetimeMs = 1 };
        // The permit's lifetime itself has to pass: a quiet machine answers within it.
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
        await scheduler.PermitAsync(permit);
        var refused = await scheduler.ProgressAsync(RunPhase.Refused);
        Assert.Contains("Expired", refused.Detail);
        await scheduler.ProgressAsync(RunPhase.Refused, scheduler.Count);
        await scheduler.AcknowledgeAsync(refused);
        await scheduler.ReadyAsync();
        Assert.Equal(0, agent.State!.HighestToken);
        Assert.Empty(Done());
    }

    [Fact]
    public async Task Second_permit_while_busy_is_refused_and_the_run_goes_on()
    {
        var procedure = Update(StepHelper.Step("wait", "append-and-wait", Evidence, "wait") with { Timeout = TimeSpan.FromSeconds(3) });
        await using var agent = await StartAsync(procedure);
        var second = SchedulerKey.Permit(procedure, await scheduler.NonceAsync(procedure, "run-2"), "run-2", 8);
        await scheduler.ReleaseAsync(procedure);
        await Eventually.TrueAsync("the step runs", () => Task.FromResult(Done().Length > 0), TimeSpan.FromSeconds(20));
        await scheduler.PermitAsync(second);
        var refused = await scheduler.ProgressAsync(RunPhase.Refused);
        Assert.Equal("run-2", refused.Run);
        Assert.Contains("Busy", refused.Detail);
        Assert.Equal("run-1", (await scheduler.ProgressAsync(RunPhase.Stopped)).Run);
    }

    public async ValueTask DisposeAsync()
    {
        await scheduler.DisposeAsync();
        folder.Dispose();
    }

    private Task<RunningAgent> StartAsync(Procedure procedure) => RunningAgent.StartAsync(scheduler, folder, [procedure]);

    private Procedure Update(params Step[] steps) => new() { Name = "update", Folder = folder.Path, Steps = [.. steps], Rollback = [] };

    private Step Append(string name) => StepHelper.Step(name, "append", Evidence, name);

    private string[] Done() => File.Exists(Evidence) ? File.ReadAllLines(Evidence) : [];

    private static Task CountedAsync(RunningAgent agent, Refusal refusal, long count) =>
        Eventually.TrueAsync($"{count} × {refusal}", () => Task.FromResult(agent.Refusals[refusal] >= count), TimeSpan.FromSeconds(20));
}
