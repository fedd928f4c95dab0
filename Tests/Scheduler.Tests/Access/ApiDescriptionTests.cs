using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Features.Accounts;
using PatchEdge.Scheduler.Features.Calendar;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Access;

/// <summary>Whatever people can do on pages, a program can do by the API, which is described.</summary>
public sealed partial class ApiDescriptionTests
{
    private static readonly Dictionary<string, string[]> Paths = new()
    {
        [nameof(Order.Add)] = ["/api/jobs"],
        [nameof(Order.Approve)] = ["/api/jobs/{id}/approve"],
        [nameof(Order.Withdraw)] = ["/api/jobs/{id}/revoke", "/api/jobs/{id}/abort"],
        [nameof(Order.Retry)] = ["/api/jobs/{id}/retry"],
        [nameof(Order.Settle)] = ["/api/jobs/{id}/settle"],
        [nameof(Order.StandBy)] = ["/api/jobs/{id}/stand-by"],
        [nameof(Order.BreakGlass)] = ["/api/jobs/{id}/break-glass"],
        [nameof(Order.AcceptGap)] = ["/api/jobs/{id}/gap-budget"],
        [nameof(Order.EndWaivers)] = ["/api/jobs/{id}/end-waivers"],
        [nameof(Order.PlanCampaign)] = ["/api/campaigns/{id}/plan"],
        [nameof(Order.ApproveCampaign)] = ["/api/campaigns/{id}/approve"],
        [nameof(Order.ResumeCampaign)] = ["/api/campaigns/{id}/resume"],
        [nameof(Order.Stop)] = ["/api/emergency-stop"],
        [nameof(Order.Resume)] = ["/api/emergency-stop/resume"],
    };

    private static readonly string[] Reads =
    [
        "/api/jobs", "/api/jobs/{id}", "/api/jobs/{id}/why", "/api/campaigns", "/api/campaigns/{id}/plan", "/api/calendar", "/api/lines", "/api/hosts", "/api/gateways",
        "/api/jobs/{id}/waivers", "/api/waivers", "/api/accounts", "/api/emergency-stop", "/api/file-errors", "/api/training", "/api/ledger", "/api/ledger/verify", "/api/packs/{run}", "/health", "/health/leader", "/metrics",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_order_of_the_pages_has_an_endpoint_that_is_described()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        using var http = scheduler.Http();
        var described = JsonDocument.Parse(await http.GetStringAsync("/api/openapi.json", Cancellation)).RootElement;
        var paths = described.GetProperty("paths");
        var orders = Directory.EnumerateFiles(Path.Combine(Sources(), "Scheduler"), "*.razor", SearchOption.AllDirectories)
            .SelectMany(file => NewOrder().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value).Distinct().ToList();

        Assert.Equal(Paths.Keys.Order(StringComparer.Ordinal), orders.Order(StringComparer.Ordinal));
        Assert.All(Paths.Values.SelectMany(path => path), path => Assert.NotEmpty(Described(paths, path, "post").GetProperty("summary").GetString()!));
        Assert.All(Reads, path => Assert.NotEmpty(Described(paths, path, "get").GetProperty("summary").GetString()!));
        Assert.NotEmpty(Described(paths, "/session", "post").GetProperty("summary").GetString()!);
        Assert.Contains("/session", described.GetProperty("info").GetProperty("description").GetString());
    }

    [Fact]
    public async Task Program_signs_in_and_may_do_what_its_account_may()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await Visitor.AddAccountAsync(scheduler, "robot", Policies.Viewer);
        using var http = new HttpClient { BaseAddress = scheduler.Address };
        Assert.Equal(HttpStatusCode.Unauthorized, (await PostAsync("wrong password")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/api/jobs", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await PostAsync(Visitor.Password)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/api/jobs", Cancellation)).StatusCode);
        using var stop = await http.PostAsync("/api/emergency-stop", JsonContent.Create(new { reason = "x" }), Cancellation);
        Assert.Equal(HttpStatusCode.Forbidden, stop.StatusCode);

        Task<HttpResponseMessage> PostAsync(string password) =>
            http.PostAsJsonAsync("/session", new SessionRequest("robot", password), ApiJson.Default.SessionRequest, Cancellation);
    }

    [Fact]
    public async Task Calendar_answers_and_says_what_is_wrong_with_a_span()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        using var http = scheduler.Http();
        var calendar = await http.GetFromJsonAsync("/api/calendar", ApiJson.Default.CalendarView, Cancellation);
        Assert.False(calendar!.Occasions.IsDefault);
        using var inverted = await http.GetAsync("/api/calendar?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z", Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, inverted.StatusCode);
        using var nonsense = await http.GetAsync("/api/calendar?from=soon", Cancellation);
        Assert.Contains("offset", await nonsense.Content.ReadAsStringAsync(Cancellation));
    }

    /// <summary>With or without a slash at its end, as a group's own path is described.</summary>
    private static JsonElement Described(JsonElement paths, string path, string method) =>
        (paths.TryGetProperty(path, out var item) && item.TryGetProperty(method, out var operation))
        || (paths.TryGetProperty(path + "/", out item) && item.TryGetProperty(method, out operation))
            ? operation
            : throw new Xunit.Sdk.XunitException($"{method} {path} is not described");

    private static string Sources()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "PatchEdge.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("PatchEdge.sln is above no folder of the tests.");
        return folder.FullName;
    }

    [GeneratedRegex(@"new Order\.(\w+)\(")]
    private static partial Regex NewOrder();
}
