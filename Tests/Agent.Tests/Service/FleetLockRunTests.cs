using System.Net;
using System.Text;
using System.Text.Json;
using PatchEdge.Agent.FleetLock;
using PatchEdge.Agent.Procedures;
using PatchEdge.Agent.Tests.Harness;
using PatchEdge.Agent.Webhooks;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Agent.Tests.Service;

/// <summary>Runs whose host is restarted by a FleetLock client, which a test plays over HTTP.</summary>
public sealed class FleetLockRunTests : IAsyncLifetime
{
    private const string Secret = "0123456789abcdef";
    private const string Body = """{"client_params":{"id":"c1","group":"default"}}""";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder folder = new();
    private readonly HttpClient http = new();
    private readonly string listen = $"http://127.0.0.1:{FreePorts.One()}/base/";
    private SchedulerDouble scheduler = null!;

    private string Evidence => folder.File("evidence");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        scheduler = await SchedulerDouble.StartAsync();
        var file = folder.Write("secret", Secret);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        folder.Write("boot-id", "boot-1");
    }

    [Fact]
    public async Task Client_restarts_its_host_under_the_permit_and_the_run_goes_on_when_it_is_steady()
    {
        var procedure = Update();
        await using var agent = await StartAsync(procedure);
        await RefusedAsync("no_run");
        Assert.Equal(HttpStatusCode.OK, (await PostAsync("steady-state")).Status);
        await scheduler.ReleaseAsync(procedure);
        await scheduler.ProgressAsync(progress => progress is { Phase: RunPhase.AwaitingGoAhead, Step: "restart" });
        Assert.Equal(0, scheduler.CountOf(Topics.GoAheadRequest(SchedulerKey.Site, SchedulerKey.Host)));

        await GrantedAsync();
        await scheduler.ProgressAsync(progress => progress is { Phase: RunPhase.StepStarted, Step: "restart" });
        Assert.True(agent.State!.Run!.Inside);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync("pre-reboot")).Status);
        Assert.Equal(1, scheduler.CountOf(Topics.GoAheadRequest(SchedulerKey.Site, SchedulerKey.Host)));
        Assert.False(File.Exists(Evidence));

        Assert.Equal(HttpStatusCode.OK, (await PostAsync("steady-state")).Status);
        await scheduler.ProgressAsync(RunPhase.Succeeded);
        Assert.Equal(["verify"], await File.ReadAllLinesAsync(Evidence, Cancellation));
        await RefusedAsync("no_run");
    }

    [Fact]
    public async Task Denied_go_ahead_refuses_the_client_and_ends_the_run_with_nothing_done()
    {
        scheduler.AnswerGoAhead = request => SchedulerKey.GoAhead(request, granted: false);
        var procedure = Update();
        await using var agent = await StartAsync(procedure);
        await scheduler.ReleaseAsync(procedure);
        await scheduler.ProgressAsync(progress => progress is { Phase: RunPhase.AwaitingGoAhead });
        var (status, kind, value) = await PostAsync("pre-reboot");
        Assert.Equal(HttpStatusCode.Locked, status);
        // A busy machine may take longer to deny it than a client is kept waiting.
        Assert.True(kind == "waiting" || value.Contains("a batch was loaded", StringComparison.Ordinal), $"{kind}: {value}");
        Assert.Contains("a batch was loaded", (await scheduler.ProgressAsync(RunPhase.Stopped)).Detail);
        await RefusedAsync("no_run");
    }

    [Fact]
    public async Task Silent_scheduler_never_grants()
    {
        scheduler.AnswerGoAhead = _ => null;
        var procedure = Update();
        await using var agent = await StartAsync(procedure);
        await scheduler.ReleaseAsync(procedure);
        await scheduler.ProgressAsync(progress => progress is { Phase: RunPhase.AwaitingGoAhead });
        Assert.Equal(HttpStatusCode.Locked, (await PostAsync("pre-reboot")).Status);
        Assert.Contains("no answer", (await scheduler.ProgressAsync(RunPhase.Stopped)).Detail);
    }

    [Fact]
    public async Task Client_that_never_asks_lets_the_run_end_with_nothing_done()
    {
        var procedure = Update(TimeSpan.FromSeconds(1));
        await using var agent = await StartAsync(procedure);
        await scheduler.ReleaseAsync(procedure);
        Assert.Contains("No FleetLock client asked", (await scheduler.ProgressAsync(RunPhase.Stopped)).Detail);
    }

    [Fact]
    public async Task Granted_client_that_is_never_steady_leaves_the_outcome_unknown()
    {
        var procedure = Update(TimeSpan.FromSeconds(20));
        await using var agent = await StartAsync(procedure);
        await scheduler.ReleaseAsync(procedure);
        await scheduler.ProgressAsync(progress => progress is { Phase: RunPhase.AwaitingGoAhead });
        await GrantedAsync();
        Assert.Equal("restart", (await scheduler.ProgressAsync(RunPhase.Unknown)).Step);
        Assert.Equal(HttpStatusCode.Locked, (await PostAsync("pre-reboot")).Status);
    }

    [Theory]
    [InlineData("boot-1")]
    [InlineData("boot-2")]
    public async Task Grant_survives_the_agents_restart_and_another_boot_completes_it(string boot)
    {
        var procedure = Update(reboot: true);
        await using (await StartAsync(procedure))
        {
            await scheduler.ReleaseAsync(procedure);
            await scheduler.ProgressAsync(progress => progress is { Phase: RunPhase.AwaitingGoAhead });
            await GrantedAsync();
        }

        folder.Write("boot-id", boot);
        await using var again = await StartAsync(procedure);
        if (boot == "boot-1")
        {
            await GrantedAsync();
            Assert.Equal(1, scheduler.CountOf(Topics.GoAheadRequest(SchedulerKey.Site, SchedulerKey.Host)));
        }

        await Eventually.TrueAsync("the client is heard", async () => (await PostAsync("steady-state")).Status == HttpStatusCode.OK, Patience);
        await scheduler.ProgressAsync(RunPhase.Succeeded);
    }

    [Theory]
    [InlineData("v1/pre-reboot", "true", """{"client_params":{"id":"c1","group":"default"}}""", 404)]
    [InlineData("SECRET/v1/other", "true", """{"client_params":{"id":"c1","group":"default"}}""", 404)]
    [InlineData("SECRET/v1/pre-reboot", "", """{"client_params":{"id":"c1","group":"default"}}""", 400)]
    [InlineData("SECRET/v1/pre-reboot", "true", """{"client_params":{"id":"c1"}}""", 400)]
    [InlineData("SECRET/v1/pre-reboot", "true", """{"client_params":{"id":"c1","group":"a b"}}""", 400)]
    [InlineData("SECRET/v1/pre-reboot", "true", "[[[[", 400)]
    [InlineData("SECRET/v1/pre-reboot", "true", "null", 400)]
    [InlineData("SECRET/v1/pre-reboot", "true", """{"client_params":{"id":"c2","group":"default"}}""", 403)]
    [InlineData("SECRET/v1/steady-state", "true", """{"client_params":{"id":"C1","group":"default"}}""", 403)]
    public async Task Stranger_is_refused_with_kind_and_value(string path, string header, string body, int status)
    {
        await using var agent = await StartAsync(Update());
        await RefusedAsync("no_run");
        var (given, kind, value) = await SendAsync(path.Replace("SECRET", Secret, StringComparison.Ordinal), header, body);
        Assert.Equal(status, (int)given);
        Assert.NotEqual("", kind);
        Assert.NotEqual("", value);
    }

    [Fact]
    public async Task Long_body_and_too_many_requests_are_refused()
    {
        await using var agent = await StartAsync(Update());
        await RefusedAsync("no_run");
        Assert.Equal("bad_request", (await SendAsync(Secret + "/v1/pre-reboot", "true", new string(' ', 100_000))).Kind);
        var kinds = new List<string>();
        for (var number = 0; number < 200 && kinds.LastOrDefault() != "too_many_requests"; number++)
            kinds.Add((await PostAsync("pre-reboot")).Kind);
        Assert.Equal("too_many_requests", kinds[^1]);
    }

    [Fact]
    public async Task Over_tls_the_client_hears_whom_it_trusts_and_plain_text_is_not_answered()
    {
        using var authority = new TlsAuthority(folder);
        var (certificate, key) = authority.Issue();
        var procedure = Update();
        await using var agent = await RunningAgent.StartAsync(scheduler, folder, [procedure], fleetLock: new FleetLockOptions
        {
            Listen = listen.Replace("http:", "https:", StringComparison.Ordinal), ClientId = "c1", SecretFile = folder.File("secret"), Tls = new TlsFiles(certificate, key),
        });
        using var trusting = new HttpClient(new SocketsHttpHandler { SslOptions = WebhookTrust.Options(authority.File) });
        await Eventually.TrueAsync("a refusal over TLS", async () =>
        {
            using var request = Request(listen.Replace("http:", "https:", StringComparison.Ordinal) + Secret + "/v1/pre-reboot", "true", Body);
            try
            {
                using var response = await trusting.SendAsync(request, Cancellation);
                return response.StatusCode == HttpStatusCode.Locked;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }, Patience);
        using var strange = Request(listen.Replace("http:", "https:", StringComparison.Ordinal) + Secret + "/v1/pre-reboot", "true", Body);
        await Assert.ThrowsAsync<HttpRequestException>(() => http.SendAsync(strange, Cancellation));
        Assert.Equal((HttpStatusCode)0, (await PostAsync("pre-reboot")).Status);
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await scheduler.DisposeAsync();
        folder.Dispose();
    }

    private Task<RunningAgent> StartAsync(Procedure procedure) => RunningAgent.StartAsync(
        scheduler, folder, [procedure], fleetLock: new FleetLockOptions { Listen = listen, ClientId = "c1", SecretFile = folder.File("secret") });

    private Procedure Update(TimeSpan? timeout = null, bool reboot = false) => new()
    {
        Name = "update",
        Folder = folder.Path,
        Steps =
        [
            new Step { Name = "restart", Command = [], FleetLock = true, Irreversible = true, Reboot = reboot, Timeout = timeout ?? TimeSpan.FromMinutes(2) },
            StepHelper.Step("verify", "append", Evidence, "verify"),
        ],
        Rollback = [],
    };

    /// <summary>Asks again, as clients do, until it is told yes.</summary>
    private Task GrantedAsync() => Eventually.TrueAsync("a grant", async () => (await PostAsync("pre-reboot")).Status == HttpStatusCode.OK, Patience);

    private Task RefusedAsync(string kind) => Eventually.TrueAsync(
        $"a refusal with {kind}", async () => await PostAsync("pre-reboot") is { Status: HttpStatusCode.Locked } refused && refused.Kind == kind, Patience);

    private Task<(HttpStatusCode Status, string Kind, string Value)> PostAsync(string path) =>
        SendAsync($"{Secret}/v1/{path}", "true", Body);

    private static HttpRequestMessage Request(string url, string header, string body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("fleet-lock-protocol", header);
        return request;
    }

    private async Task<(HttpStatusCode Status, string Kind, string Value)> SendAsync(string path, string header, string body)
    {
        using var request = Request(listen + path, header, body);
        try
        {
            using var response = await http.SendAsync(request, Cancellation);
            var text = await response.Content.ReadAsStringAsync(Cancellation);
            if (text.Length == 0)
                return (response.StatusCode, "", "");
            var refusal = JsonDocument.Parse(text).RootElement;
            return (response.StatusCode, refusal.GetProperty("kind").GetString()!, refusal.GetProperty("value").GetString()!);
        }
        catch (HttpRequestException)
        {
            // The agent is not listening yet.
            return (0, "", "");
        }
    }
}
