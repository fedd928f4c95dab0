using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PatchEdge.Plant.Lines;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Access;

public sealed class ApiTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Req", "hostile-75")]
    public async Task Every_api_endpoint_names_a_policy_and_none_answers_a_stranger()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        using var http = scheduler.Http(signedIn: false);
        var endpoints = scheduler.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/api", StringComparison.Ordinal)).ToList();

        Assert.True(endpoints.Count >= 15, $"{endpoints.Count} endpoints");
        foreach (var endpoint in endpoints)
        {
            Assert.Contains(endpoint.Metadata.OfType<IAuthorizeData>(), data => data.Policy is not null);
            var path = endpoint.RoutePattern.RawText!.Replace("{id}", "J1", StringComparison.Ordinal);
            foreach (var method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods)
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), path);
                using var response = await http.SendAsync(request, Cancellation);
                Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            }
        }
    }

    [Fact]
    public async Task Wrong_token_is_refused_and_health_says_only_whether()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        using var http = scheduler.Http(signedIn: false);
        Assert.Equal("""{"status":"healthy","problems":[]}""", await http.GetStringAsync("/health", Cancellation));

        http.DefaultRequestHeaders.Authorization = new System.Net.Http.Headers.AuthenticationHeaderValue("Bearer", "guess");

        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/api/jobs", Cancellation)).StatusCode);
    }

    [Fact]
    public async Task Job_is_added_asked_about_approved_under_anothers_signature_and_revoked()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        using var http = scheduler.Http();
        http.DefaultRequestHeaders.Add(LocalToken.PersonHeader, "ann");
        var request = new JobRequest { Id = "J1", Host = TestPlant.Hmi, Procedure = Facts.Procedure, PatchName = "Update", PatchDigest = Facts.Digest };

        Assert.Equal(HttpStatusCode.OK, (await http.PostAsJsonAsync("/api/jobs", request, ApiJson.Default.JobRequest, Cancellation)).StatusCode);
        var why = await http.GetFromJsonAsync("/api/jobs/J1/why", ApiJson.Default.WhyView, Cancellation);
        Assert.Equal("ann (local)", why!.Job.RequestedBy);
        Assert.All(why.Verdicts, verdict => Assert.NotNull(verdict.Since));
        // The command line's word counts for nothing without somebody's password.
        await RefusedAsync(await ApproveAsync(null, null), "must be signed");
        await RefusedAsync(await ApproveAsync("bob", "wrong password"), "nothing was signed");
        await Visitor.AddAccountAsync(scheduler, "bob", Policies.Approver);
        await Visitor.AddAccountAsync(scheduler, "vic", Policies.Viewer);
        await Visitor.AddAccountAsync(scheduler, "ann", Policies.Approver);
        await RefusedAsync(await ApproveAsync("vic", Visitor.Password), "may not sign");
        await RefusedAsync(await ApproveAsync("ann", Visitor.Password), "cannot approve it too");
        await RefusedAsync(await ApproveAsync("bob", Visitor.Password, new string('0', 64)), "was changed since");
        await RefusedAsync(await ApproveAsync("bob", Visitor.Password, ""), "contentHash");
        Assert.Equal(HttpStatusCode.OK, (await ApproveAsync("bob", Visitor.Password)).StatusCode);
        Assert.Equal("bob", Assert.Single((await http.GetFromJsonAsync("/api/jobs/J1", ApiJson.Default.JobView, Cancellation))!.ApprovedBy));
        Assert.Equal(HttpStatusCode.OK, (await http.PostAsJsonAsync("/api/jobs/J1/revoke", new ReasonRequest("late"), ApiJson.Default.ReasonRequest, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/api/jobs/J9/why", Cancellation)).StatusCode);

        Task<HttpResponseMessage> ApproveAsync(string? name, string? password, string? content = null) => http.PostAsJsonAsync(
            "/api/jobs/J1/approve", new ApprovalRequest(content ?? why.Job.ContentHash, null, name, password), ApiJson.Default.ApprovalRequest, Cancellation);
    }

    private static async Task RefusedAsync(HttpResponseMessage response, string why)
    {
        using (response)
        {
            Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
            Assert.Contains(why, await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""{"id":"J1"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"id":"J1","host":"x","procedure":"p","patchName":"n","patchDigest":"d","admin":true}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"id":"../J1","host":"x","procedure":"p","patchName":"n","patchDigest":"d"}""", HttpStatusCode.Conflict)]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", HttpStatusCode.BadRequest)]
    [Trait("Req", "hostile-77")]
    public async Task Body_that_does_not_fit_is_refused(string body, HttpStatusCode status)
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        using var http = scheduler.Http();

        using var response = await http.PostAsync("/api/jobs", new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Cancellation);

        Assert.Equal(status, response.StatusCode);
        Assert.DoesNotContain(" at PatchEdge", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Req", "hostile-77")]
    public async Task Huge_body_is_refused()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        using var http = scheduler.Http();

        using var response = await http.PostAsync("/api/jobs", new StringContent(new string(' ', 100_000), System.Text.Encoding.UTF8, "application/json"), Cancellation);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task Plant_ledger_metrics_and_description_answer()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await using var gateway = await ScriptedClient.GatewayAsync(scheduler);
        await gateway.ReportAsync(LineState.Active);
        using var http = scheduler.Http();

        await Eventually.TrueAsync("the line is shown active", async () =>
            (await http.GetFromJsonAsync("/api/lines", ApiJson.Default.LineViewArray, Cancellation))!.Any(line => line is { Name: TestPlant.Filling, State: LineState.Active, Batch: "B-42" }),
            RunningScheduler.Patience);
        Assert.Equal(3, (await http.GetFromJsonAsync("/api/hosts", ApiJson.Default.HostViewArray, Cancellation))!.Length);
        Assert.Contains((await http.GetFromJsonAsync("/api/gateways", ApiJson.Default.GatewayViewArray, Cancellation))!, view => view is { Name: TestPlant.Gateway, Online: true });
        Assert.Null((await http.GetFromJsonAsync("/api/ledger/verify", ApiJson.Default.LedgerCheckView, Cancellation))!.Fault);
        Assert.Contains("patchedge_broker_connected 1", await http.GetStringAsync("/metrics", Cancellation), StringComparison.Ordinal);
        Assert.Contains("/api/jobs/{id}/why", await http.GetStringAsync("/api/openapi.json", Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Job_files_are_watched_and_what_is_wrong_with_them_is_shown()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        using var http = scheduler.Http();
        scheduler.Folder.Write("jobs/good.yaml", $"host: {TestPlant.Hmi}\nprocedure: {Facts.Procedure}\npatch: {{ name: Update, digest: {Facts.Digest} }}\n");
        scheduler.Folder.Write("jobs/bad.yaml", "id: bad\nhost: filling-hm\n");

        await Eventually.TrueAsync("the good one is added", async () =>
        {
            scheduler.Time.Advance(TimeSpan.FromSeconds(1));
            return (await http.GetFromJsonAsync("/api/jobs", ApiJson.Default.JobViewArray, Cancellation))!.Any(job => job is { Id: "good", State: PatchEdge.Scheduler.Execution.RunState.Requested });
        }, RunningScheduler.Patience);
        var errors = (await http.GetFromJsonAsync("/api/file-errors", ApiJson.Default.FileErrorsView, Cancellation))!.Jobs;

        Assert.Contains(errors, error => error is { Line: 2, Key: "host" } && error.Message.Contains("filling-hmi", StringComparison.Ordinal));
    }
}
