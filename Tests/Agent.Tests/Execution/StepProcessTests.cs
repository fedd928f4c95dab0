using System.Text.Json;
using PatchEdge.Agent.Execution;
using PatchEdge.Agent.Procedures;
using PatchEdge.Agent.Tests.Harness;

namespace PatchEdge.Agent.Tests.Execution;

public sealed class StepProcessTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public async Task Exit_code_and_output_are_told()
    {
        var result = await RunAsync(StepHelper.Step("one", "exit", "3"));
        Assert.Equal((StepEnd.Exited, 3), (result.End, result.ExitCode));
        Assert.Equal("leaving with 3", result.Output.Trim());
    }

    [Fact]
    public async Task Output_is_the_bounded_end_without_control_characters()
    {
        var result = await RunAsync(StepHelper.Step("one", "noise", "500000"));
        Assert.Equal(Output.MaximumLength, result.Output.Length);
        Assert.EndsWith("x[31mlast\n", result.Output);
        Assert.DoesNotContain("first", result.Output);
    }

    [Fact]
    [Trait("Req", "Promise 6")]
    public async Task Command_gets_its_words_as_they_are_and_only_the_environment_it_names()
    {
        var report = folder.File("report.json");
        string[] words = ["two words", "; reboot", "$(id)", "\"quoted\"", "*", "", "täglich"];
        Environment.SetEnvironmentVariable("PATCHEDGE_TEST_NAMED", "named");
        Environment.SetEnvironmentVariable("PATCHEDGE_TEST_SECRET", "secret");
        var step = StepHelper.Step("one", ["describe", report, .. words]) with { Environment = ["PATCHEDGE_TEST_NAMED", "PATCHEDGE_TEST_ABSENT"] };
        var result = await RunAsync(step, new Dictionary<string, string> { ["PATCHEDGE_RUN"] = "run-1" });
        Assert.Equal(0, result.ExitCode);
        var seen = JsonSerializer.Deserialize<StepSurroundings>(await File.ReadAllTextAsync(report, TestContext.Current.CancellationToken))!;
        Assert.Equal(words, seen.Arguments);
        Assert.Equal("named", seen.Environment["PATCHEDGE_TEST_NAMED"]);
        Assert.Equal("run-1", seen.Environment["PATCHEDGE_RUN"]);
        Assert.False(seen.Environment.ContainsKey("PATCHEDGE_TEST_SECRET"));
        Assert.False(seen.Environment.ContainsKey("PATH"));
        Assert.Equal(folder.Path, seen.Folder);
    }

    [Fact]
    public async Task Timeout_kills_the_whole_tree()
    {
        var evidence = folder.File("pids");
        var step = StepHelper.Step("one", "spawn", evidence) with { Timeout = TimeSpan.FromSeconds(4) };
        var result = await RunAsync(step);
        Assert.Equal(StepEnd.TimedOut, result.End);
        Assert.Null(result.ExitCode);
        var child = int.Parse((await File.ReadAllLinesAsync(evidence, TestContext.Current.CancellationToken)).Single(line => line.StartsWith("pid ", StringComparison.Ordinal))[4..]);
        await Eventually.TrueAsync("the grandchild is gone", () => Task.FromResult(!StepHelper.IsAlive(child)), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Interrupt_kills_it_too()
    {
        var evidence = folder.File("evidence");
        using var interrupt = new CancellationTokenSource();
        var running = StepProcess.RunAsync(
            StepHelper.Step("one", "append-and-wait", evidence, "x"), folder.Path, new Dictionary<string, string>(), _ => { }, TimeProvider.System, interrupt.Token);
        await Eventually.TrueAsync("it runs", () => Task.FromResult(File.Exists(evidence)), TimeSpan.FromSeconds(20));
        await interrupt.CancelAsync();
        Assert.Equal(StepEnd.Interrupted, (await running).End);
    }

    [Fact]
    public async Task Program_that_does_not_exist_is_told()
    {
        var result = await RunAsync(new Step { Name = "one", Command = ["./absent"], Timeout = TimeSpan.FromSeconds(1) });
        Assert.Equal(StepEnd.NotStarted, result.End);
        Assert.Contains("absent", result.Output);
    }

    [Fact]
    public void Bounded_text_never_begins_with_half_a_character()
    {
        var text = Output.Bounded(string.Concat(Enumerable.Repeat("\U0001F9EA", 3000)) + "x");
        Assert.False(char.IsLowSurrogate(text[0]));
        Assert.InRange(text.Length, Output.MaximumLength - 1, Output.MaximumLength);
        Assert.Equal("abc", Output.Bounded("a\u202Eb\u001b\u0000c"));
    }

    public void Dispose() => folder.Dispose();

    private Task<StepResult> RunAsync(Step step, Dictionary<string, string>? variables = null) =>
        StepProcess.RunAsync(step, folder.Path, variables ?? [], _ => { }, TimeProvider.System, TestContext.Current.CancellationToken);
}
