using PatchEdge.Agent.Procedures;
using PatchEdge.Agent.Tests.Harness;
using PatchEdge.Agent.Webhooks;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Agent.Tests.Service;

/// <summary>Whole runs whose step is handed to a far end.</summary>
public sealed class WebhookRunTests : IAsyncLifetime
{
    private const string Succeeded = """{"status":"succeeded"}""";
    private const string Running = """{"status":"running","poll":"job"}""";

    private readonly TemporaryFolder folder = new();
    private SchedulerDouble scheduler = null!;

    private string Evidence => folder.File("evidence");

    public async ValueTask InitializeAsync()
    {
        scheduler = await SchedulerDouble.StartAsync();
        var file = folder.Write("secret", new string('s', 32));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task Repeatable_step_that_was_cut_off_is_posted_again_with_the_same_key_after_a_fresh_go_ahead()
    {
        var restarts = false;
        await using var far = new FarEnd(call => call.Method == "POST" && restarts ? (200, Succeeded) : (200, Running));
        var procedure = Update(far, repeatable: true);
        await using (await StartAsync(procedure, TimeSpan.FromMilliseconds(50)))
        {
            await scheduler.ReleaseAsync(procedure);
            await Eventually.TrueAsync("the far end is asked how it goes", () => Task.FromResult(far.Calls.Count > 1), TimeSpan.FromSeconds(20));
        }

        restarts = true;
        await using var again = await StartAsync(procedure);
        await scheduler.ProgressAsync(RunPhase.Succeeded);
        Assert.Equal(["run-1/7/handed-over", "run-1/7/handed-over"], far.Calls.Where(call => call.Method == "POST").Select(call => call.Key));
        Assert.Equal(2, scheduler.CountOf(Topics.GoAheadRequest(SchedulerKey.Site, SchedulerKey.Host)));
    }

    [Fact]
    public async Task Step_that_was_cut_off_is_unknown_and_not_posted_again()
    {
        await using var far = new FarEnd(_ => (200, Running));
        var procedure = Update(far);
        await using (await StartAsync(procedure, TimeSpan.FromMilliseconds(50)))
        {
            await scheduler.ReleaseAsync(procedure);
            await Eventually.TrueAsync("the far end is asked how it goes", () => Task.FromResult(far.Calls.Count > 1), TimeSpan.FromSeconds(20));
        }

        await using var again = await StartAsync(procedure);
        Assert.Equal("handed-over", (await scheduler.ProgressAsync(RunPhase.Unknown)).Step);
        Assert.Single(far.Calls, call => call.Method == "POST");
    }

    [Fact]
    public async Task Unclear_answer_is_an_unknown_outcome_and_nothing_is_rolled_back_under_a_far_end_at_work()
    {
        await using var far = new FarEnd(_ => (502, ""));
        var procedure = Update(far);
        await using var agent = await StartAsync(procedure);
        await scheduler.ReleaseAsync(procedure);
        Assert.Contains("502", (await scheduler.ProgressAsync(RunPhase.Unknown)).Detail);
        Assert.False(File.Exists(Evidence));
    }

    [Fact]
    public async Task Step_that_a_far_end_refuses_or_fails_is_rolled_back()
    {
        await using var far = new FarEnd(_ => (200, """{"status":"failed","output":"no such play"}"""));
        var procedure = Update(far);
        await using var agent = await StartAsync(procedure);
        await scheduler.ReleaseAsync(procedure);
        Assert.Contains("no such play", (await scheduler.ProgressAsync(RunPhase.RolledBack)).Detail);
        Assert.Equal(["back"], await File.ReadAllLinesAsync(Evidence, TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        await scheduler.DisposeAsync();
        folder.Dispose();
    }

    private Task<RunningAgent> StartAsync(Procedure procedure, TimeSpan? stopWait = null) =>
        RunningAgent.StartAsync(scheduler, folder, [procedure], timings: RunningAgent.Quick with { StopWait = stopWait ?? RunningAgent.Quick.StopWait });

    private Procedure Update(FarEnd far, bool repeatable = false) => new()
    {
        Name = "update",
        Folder = folder.Path,
        Steps =
        [
            new Step
            {
                Name = "handed-over",
                Command = [],
                Timeout = TimeSpan.FromMinutes(1),
                Irreversible = true,
                Repeatable = repeatable,
                Webhook = new Webhook { Url = far.Url + "hook", SecretFile = "secret", PollEvery = TimeSpan.FromMilliseconds(20) },
            },
        ],
        Rollback = [StepHelper.Step("back", "append", Evidence, "back")],
    };
}
