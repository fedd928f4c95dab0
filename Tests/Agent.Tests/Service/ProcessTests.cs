using PatchEdge.Agent.Tests.Harness;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Signing;

namespace PatchEdge.Agent.Tests.Service;

/// <summary>The real executable: killed, stopped, restarted, and asked on its command line.</summary>
public sealed class ProcessTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder folder = new();
    private SchedulerDouble scheduler = null!;

    private string Evidence => folder.File("evidence");

    private string Config => folder.File("config");

    public async ValueTask InitializeAsync()
    {
        scheduler = await SchedulerDouble.StartAsync();
        folder.Write("config/key.pub.pem", scheduler.Keys.Identity.KeyPem);
        folder.Write("boot", "first");
        folder.Write("config/agent.yaml", $"""
            site: {SchedulerKey.Site}
            host: {SchedulerKey.Host}
            data: ../data
            boot-id: ../boot
            scheduler-key: key.pub.pem
            mqtt:
              broker: mqtt://127.0.0.1:{scheduler.Port}
            timings:
              heartbeat: 300ms
              progress-repeat: 300ms
              reconnect-first: 50ms
              stop-wait: 2s

            """);
    }

    [Fact]
    [Trait("Req", "Hostile 70")]
    public async Task Agent_killed_inside_a_step_calls_the_outcome_unknown_and_does_nothing_more()
    {
        Write($"""
              - name: first
                command: {StepHelper.Yaml("append-and-wait", Evidence, "first")}
                timeout: 1m
              - name: second
                command: {StepHelper.Yaml("append", Evidence, "second")}
                timeout: 1m
            """);
        await KillWithinAsync("first");
        await using var again = Start();
        var end = await scheduler.ProgressAsync(RunPhase.Unknown);
        Assert.Equal("first", end.Step);
        Assert.Equal(scheduler.Course().Count, end.Sequence);
        await scheduler.ReadyAsync();
        Assert.Equal(["first"], Done());
    }

    [Fact]
    public async Task Agent_killed_inside_a_repeatable_step_asks_and_does_it_again()
    {
        Write($"""
              - name: first
                command: {StepHelper.Yaml("wait-once", Evidence, "first")}
                timeout: 1m
                repeatable: true
            """);
        await KillWithinAsync("first");
        await using var again = Start();
        await scheduler.ProgressAsync(RunPhase.Succeeded);
        Assert.Equal(["first", "first"], Done().Where(line => line == "first"));
        // The command that the killed agent left behind did not go on beside the second one.
        var pids = Done().Where(line => line.StartsWith("pid ", StringComparison.Ordinal)).Select(line => int.Parse(line[4..])).ToArray();
        Assert.Equal(2, pids.Length);
        Assert.All(pids, pid => Assert.False(StepHelper.IsAlive(pid)));
        Assert.Equal(1, scheduler.CountOf(Topics.GoAheadRequest(SchedulerKey.Site, SchedulerKey.Host)));
        Assert.Equal(scheduler.Course().Count, scheduler.Course().Max(progress => progress.Sequence));
    }

    [Fact]
    public async Task Agent_killed_inside_a_repeatable_step_rolls_back_when_the_scheduler_denies()
    {
        scheduler.AnswerGoAhead = request => SchedulerKey.GoAhead(request, granted: false);
        Write($"""
              - name: first
                command: {StepHelper.Yaml("append-and-wait", Evidence, "first")}
                timeout: 1m
                repeatable: true
            rollback:
              - name: back
                command: {StepHelper.Yaml("append", Evidence, "back")}
                timeout: 1m
            """);
        await KillWithinAsync("first");
        await using var again = Start();
        await scheduler.ProgressAsync(RunPhase.RolledBack);
        Assert.Equal(["first", "back"], Done());
    }

    [Fact]
    public async Task Reboot_step_is_complete_when_the_agent_runs_in_another_boot()
    {
        WriteReboot();
        await KillWithinAsync("reboot");
        folder.Write("boot", "second");
        await using var again = Start();
        await scheduler.ProgressAsync(RunPhase.Succeeded);
        Assert.Equal(["reboot", "after"], Done());
    }

    [Fact]
    public async Task Reboot_step_is_unknown_when_the_host_never_went_down()
    {
        WriteReboot();
        await KillWithinAsync("reboot");
        await using var again = Start();
        await scheduler.ProgressAsync(RunPhase.Unknown);
        Assert.Equal(["reboot"], Done());
    }

    [Fact]
    public async Task Killed_agent_is_declared_offline_by_its_will()
    {
        WriteReboot();
        await using (var agent = Start())
        {
            await scheduler.ReadyAsync();
            await agent.KillAsync();
        }

        await Eventually.TrueAsync("the will", async () => await scheduler.RetainedStatusAsync() is { Online: false }, Patience);
    }

    [Fact]
    public async Task Agent_told_to_stop_lets_its_step_end_and_leaves()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a console process there cannot be asked to stop from outside");
        Write($"""
              - name: first
                command: {StepHelper.Yaml("append-and-wait", Evidence, "first")}
                timeout: 1m
            """);
        await using (var agent = Start())
        {
            await ReleaseAsync();
            await StartedAsync("first");
            agent.RequestStop();
            Assert.Equal(0, await agent.ExitAsync(Patience));
        }

        Assert.False((await scheduler.RetainedStatusAsync())!.Online);
        await using var again = Start();
        await scheduler.ProgressAsync(RunPhase.Unknown);
    }

    [Fact]
    public async Task Second_agent_on_the_same_data_is_refused()
    {
        WriteReboot();
        await using var agent = Start();
        await scheduler.ReadyAsync();
        await using var second = Start();
        Assert.Equal(1, await second.ExitAsync(Patience));
        Assert.Contains("another agent", second.Output);
    }

    [Fact]
    public async Task Commands_tell_what_is_installed_and_stored()
    {
        WriteReboot();
        var check = await AskAsync(0, "check", "--config", Config);
        Assert.Contains(SignedToken.KeyThumbprint(scheduler.Keys.Key), check);
        var procedures = await AskAsync(0, "procedures", "--config", Path.Combine(Config, "agent.yaml"));
        Assert.Matches("update [0-9a-f]{64} ", procedures);
        Assert.Contains("reboot: ", procedures);
        Assert.Contains("no run yet", await AskAsync(0, "status", "--config", Config));
        Assert.Contains("No run waits", await AskAsync(1, "settle", "--config", Config, "--run", "run-1"));
        await AskAsync(1, ["status", "--config", Config], damage: true);
        await AskAsync(2, "reset-state", "--config", Config, "--highest-token", "-1");
        Assert.Contains("41", await AskAsync(0, "reset-state", "--config", Config, "--highest-token", "41"));
        Assert.Contains("highest token 41", await AskAsync(0, "status", "--config", Config));
        await AskAsync(1, "reset-state", "--config", Config, "--highest-token", "0");
    }

    [Fact]
    public async Task Run_that_nobody_acknowledges_is_settled_by_a_person()
    {
        scheduler.Acknowledges = false;
        Write($"""
              - name: first
                command: {StepHelper.Yaml("append", Evidence, "first")}
                timeout: 1m
            """);
        await using (var agent = Start())
        {
            await ReleaseAsync();
            await scheduler.ProgressAsync(RunPhase.Succeeded);
            await agent.KillAsync();
        }

        Assert.Contains("not acknowledged", await AskAsync(0, "status", "--config", Config));
        Assert.Contains("'run-1'", await AskAsync(1, "settle", "--config", Config, "--run", "other"));
        await AskAsync(0, "settle", "--config", Config, "--run", "run-1");
        await using var again = Start();
        await scheduler.ReadyAsync();
    }

    [Fact]
    public async Task Command_line_refuses_what_it_does_not_know_with_2()
    {
        Assert.Contains("--config", await AskAsync(2, "run"));
        Assert.Contains("does not exist", await AskAsync(2, "check", "--config", folder.File("absent.yaml")));
        WriteReboot();
        folder.Write("config/agent.yaml", "sit: Demo\nhost: a/b\n");
        var errors = await AskAsync(2, "check", "--config", Config);
        Assert.Contains("agent.yaml:1: sit: unknown key: did you mean 'site'?", errors);
        Assert.Contains("agent.yaml:2: host: ", errors);
        Assert.Contains("mqtt: is required", errors);
    }

    public async ValueTask DisposeAsync()
    {
        await scheduler.DisposeAsync();
        folder.Dispose();
    }

    private void WriteReboot() => Write($"""
          - name: reboot
            command: {StepHelper.Yaml("append-and-wait", Evidence, "reboot")}
            timeout: 1m
            irreversible: true
            reboot: true
          - name: after
            command: {StepHelper.Yaml("append", Evidence, "after")}
            timeout: 1m
        """);

    private void Write(string steps) => folder.Write("config/procedures/update.yaml", "name: update\nsteps:\n" + steps + "\n");

    private RunningProgram Start(params string[] arguments) =>
        RunningProgram.StartOwn("agent", "Agent", "patchedge-agent", arguments.Length == 0 ? ["run", "--config", Config] : arguments);

    private async Task KillWithinAsync(string step)
    {
        await using var agent = Start();
        await ReleaseAsync();
        await StartedAsync(step);
        await agent.KillAsync();
        await Eventually.TrueAsync("the will", async () => await scheduler.RetainedStatusAsync() is { Online: false }, Patience);
    }

    private async Task ReleaseAsync()
    {
        await scheduler.ReadyAsync();
        var installed = Agent.Procedures.ProcedureFile.Read(Path.Combine(Config, "procedures", "update.yaml"));
        await scheduler.ReleaseAsync(installed);
    }

    private Task StartedAsync(string step) => Eventually.TrueAsync($"step {step} runs", () => Task.FromResult(Done().Contains(step)), Patience);

    private string[] Done() => File.Exists(Evidence) ? File.ReadAllLines(Evidence) : [];

    private Task<string> AskAsync(int exit, params string[] arguments) => AskAsync(exit, arguments, damage: false);

    private async Task<string> AskAsync(int exit, string[] arguments, bool damage)
    {
        if (damage)
            folder.Write("data/agent.state", "damaged");
        await using var program = Start(arguments);
        var code = await program.ExitAsync(Patience);
        Assert.True(exit == code, $"{string.Join(' ', arguments)}: {code}, not {exit}: {program.Output}");
        return program.Output;
    }
}
