using System.Globalization;
using System.Text;
using System.Text.Json;
using PatchEdge.Agent.Execution;
using PatchEdge.Agent.Procedures;
using PatchEdge.Agent.Tests.Harness;
using PatchEdge.Agent.Webhooks;

namespace PatchEdge.Agent.Tests.Webhooks;

public sealed class WebhookStepTests : IDisposable
{
    private const string Secret = "0123456789abcdef0123456789abcdef";
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder folder = new();

    public WebhookStepTests()
    {
        var file = folder.Write("secret", Secret);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task Step_is_handed_over_signed_and_followed_to_its_end()
    {
        var polls = 0;
        await using var far = new FarEnd(call => call.Method == "POST" ? (202, """{"status":"running","poll":"/jobs/9?x=1"}""")
            : ++polls == 1 ? (503, "") : polls == 2 ? (200, """{"status":"running"}""") : (200, """{"status":"succeeded","output":"done\u0007"}"""));
        var result = await RunAsync(far);
        Assert.Equal((StepEnd.Exited, 0, "done"), (result.End, result.ExitCode, result.Output));
        var post = far.Calls[0];
        var body = JsonDocument.Parse(post.Body).RootElement;
        Assert.Equal(("Demo", "host", "run-1", 7, "in,stall", "the-permit"), (
            body.GetProperty("site").GetString(), body.GetProperty("host").GetString(), body.GetProperty("run").GetString(),
            body.GetProperty("token").GetInt64(), body.GetProperty("step").GetString(), body.GetProperty("permit").GetString()));
        Assert.Equal(["Filling, A", "Packing"], body.GetProperty("lines").EnumerateArray().Select(line => line.GetString()));
        Assert.Equal("run-1/7/in%2Cstall", post.Key);
        Assert.Equal(post.Key, body.GetProperty("idempotencyKey").GetString());
        AssertSigned(post.Signature, post.Body);
        Assert.Equal(["/jobs/9?x=1", "/jobs/9?x=1", "/jobs/9?x=1"], far.Calls.Skip(1).Select(call => call.Path));
        AssertSigned(far.Calls[1].Signature, "/jobs/9?x=1");
    }

    [Theory]
    [InlineData(200, """{"status":"failed","output":"no such play"}""", nameof(StepEnd.Failed), "no such play")]
    [InlineData(403, "", nameof(StepEnd.NotStarted), "403")]
    [InlineData(307, "/elsewhere", nameof(StepEnd.NotStarted), "redirects are not followed")]
    [InlineData(500, "", nameof(StepEnd.Unclear), "500")]
    [InlineData(409, "", nameof(StepEnd.Unclear), "409")]
    [InlineData(200, "", nameof(StepEnd.Unclear), "no status")]
    [InlineData(200, """{"status":"successful"}""", nameof(StepEnd.Unclear), "no status")]
    [InlineData(200, """{"status":"running"}""", nameof(StepEnd.Unclear), "names no poll")]
    [InlineData(200, """{"status":"running","poll":"http://169.254.169.254/latest"}""", nameof(StepEnd.Unclear), "own origin")]
    [InlineData(200, """{"status":"running","poll":"//other.example/x"}""", nameof(StepEnd.Unclear), "own origin")]
    [InlineData(200, """{"status":"running","poll":"file:///etc/passwd"}""", nameof(StepEnd.Unclear), "own origin")]
    public async Task First_answer_decides_and_doubt_is_never_success(int status, string body, string end, string why)
    {
        await using var far = new FarEnd(_ => (status, body));
        var result = await RunAsync(far);
        Assert.Equal(end, result.End.ToString());
        Assert.Contains(why, result.Output);
        Assert.Single(far.Calls);
    }

    [Fact]
    public async Task Answer_that_is_too_long_is_not_read()
    {
        await using var far = new FarEnd(_ => (200, new string(' ', 100_000) + """{"status":"succeeded"}"""));
        Assert.Equal(StepEnd.Unclear, (await RunAsync(far)).End);
    }

    [Fact]
    public async Task Connection_that_breaks_after_the_post_is_unclear_and_the_post_is_not_repeated()
    {
        await using var far = new FarEnd(_ => null);
        Assert.Equal(StepEnd.Unclear, (await RunAsync(far)).End);
        Assert.Single(far.Calls, call => call.Method == "POST");
    }

    [Fact]
    public async Task Far_end_that_is_not_there_has_not_started_anything() =>
        Assert.Equal(StepEnd.NotStarted, (await RunAsync($"http://127.0.0.1:{FreePorts.One()}/")).End);

    [Fact]
    public async Task Far_end_that_never_ends_is_unclear_when_the_time_is_over()
    {
        await using var far = new FarEnd(_ => (200, """{"status":"running","poll":"jobs"}"""));
        var result = await RunAsync(far, TimeSpan.FromSeconds(1));
        Assert.Equal(StepEnd.Unclear, result.End);
        Assert.Contains("no final answer", result.Output);
    }

    [Fact]
    public async Task Agent_that_stops_leaves_the_step_to_its_restart()
    {
        using var stop = new CancellationTokenSource();
        await using var far = new FarEnd(call =>
        {
            if (call.Method == "GET")
                stop.Cancel();
            return (200, """{"status":"running","poll":"jobs"}""");
        });
        Assert.Equal(StepEnd.Interrupted, (await FollowAsync(far.Url, TimeSpan.FromMinutes(1), stop.Token)).End);
    }

    public void Dispose() => folder.Dispose();

    private Task<StepResult> RunAsync(FarEnd far, TimeSpan? timeout = null) => RunAsync(far.Url, timeout);

    private Task<StepResult> RunAsync(string url, TimeSpan? timeout = null) => FollowAsync(url, timeout ?? TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

    private Task<StepResult> FollowAsync(string url, TimeSpan timeout, CancellationToken stop) => WebhookStep.RunAsync(
        new Step
        {
            Name = "in,stall",
            Command = [],
            Timeout = timeout,
            Webhook = new Webhook { Url = url + "hook", SecretFile = "secret", PollEvery = TimeSpan.FromMilliseconds(20) },
        },
        folder.Path,
        new Dictionary<string, string>
        {
            [StepVariables.Site] = "Demo",
            [StepVariables.Host] = "host",
            [StepVariables.Run] = "run-1",
            [StepVariables.Token] = "7",
            [StepVariables.Lines] = "Filling, A\nPacking",
            [StepVariables.Step] = "in,stall",
            [StepVariables.PatchDigest] = SchedulerKey.Patch,
            [StepVariables.Permit] = "the-permit",
        },
        _ => throw new InvalidOperationException("A webhook starts no process."),
        TimeProvider.System,
        stop);

    private static void AssertSigned(string signature, string content)
    {
        var seconds = long.Parse(signature[2..signature.IndexOf(',', StringComparison.Ordinal)], CultureInfo.InvariantCulture);
        var at = DateTimeOffset.FromUnixTimeSeconds(seconds);
        Assert.InRange(at, Start, TimeProvider.System.GetUtcNow());
        Assert.Equal(WebhookSignature.Of(Secret, at, Encoding.UTF8.GetBytes(content)), signature);
    }
}
