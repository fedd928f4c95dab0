using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Access;

public sealed class RoleWalkTests
{
    private const string Stranger = "";
    private const string SignedIn = "signed in";
    private const string Everybody = "everybody";

    /// <summary>Where a build that is not published looks for files newer than itself.</summary>
    private const string AnyFile = "/no-such.css";

    /// <summary>What may be reached by whoever is signed in, whatever their role; everything else must name a policy.</summary>
    private static readonly string[] WithoutPolicy = ["/sign-out", "/denied", "/not-found", "/account/password", "/_blazor", "/_framework/opaque-redirect", AnyFile];

    /// <summary>What may be reached by everybody, besides the style, scripts and picture of the pages.</summary>
    private static readonly string[] Open = ["/health", "/health/leader", "/sign-in", "/session"];

    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        [Policies.View] = [Policies.Viewer, Policies.Operator, Policies.Approver, Policies.Scheduler, Policies.Administrator],
        [Policies.Operate] = [Policies.Operator, Policies.Scheduler, Policies.Administrator],
        [Policies.Approve] = [Policies.Approver, Policies.Administrator],
        [Policies.Schedule] = [Policies.Scheduler, Policies.Administrator],
        [Policies.Administer] = [Policies.Administrator],
        [SignedIn] = Policies.Roles,
        [Everybody] = [Stranger, .. Policies.Roles],
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Req", "hostile-75")]
    public async Task Every_endpoint_answers_exactly_the_roles_of_its_policy()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        var endpoints = scheduler.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToList();
        var wrong = new List<string>();
        var asked = 0;
        foreach (var role in Policies.Roles.Append(Stranger))
        {
            using var visitor = role == Stranger ? new Visitor(scheduler) : await Visitor.WithRoleAsync(scheduler, role);
            foreach (var (method, path, policy) in endpoints.SelectMany(Requests).Distinct().Where(request => request.Path != "/sign-out" && request.Method != "DELETE"))
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), path);
                using var response = await visitor.Http.SendAsync(request, Cancellation);
                asked++;
                if (IsLetIn(response) != Allowed[policy].Contains(role))
                    wrong.Add($"{method} {path} ({policy}) answers '{role}' with {response.StatusCode} {response.Headers.Location}");
            }
        }

        Assert.Empty(wrong);
        Assert.True(asked > 250, $"only {asked} requests");
    }

    [Fact]
    [Trait("Req", "hostile-75")]
    public async Task What_nobody_mapped_is_open_to_nobody()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        using var stranger = new Visitor(scheduler);
        using var viewer = await Visitor.WithRoleAsync(scheduler, Policies.Viewer);

        Assert.False(IsLetIn(await stranger.Http.GetAsync("/nothing-here", Cancellation)));
        Assert.Equal(HttpStatusCode.NotFound, (await viewer.Http.GetAsync("/nothing-here", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.Http.GetAsync("/api/nothing-here", Cancellation)).StatusCode);
    }

    private static bool IsLetIn(HttpResponseMessage response) =>
        response.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        && !(response.StatusCode == HttpStatusCode.Redirect && response.Headers.Location!.ToString() is var to
            && (to.Contains("/sign-in", StringComparison.Ordinal) || to.Contains("/denied", StringComparison.Ordinal)));

    private static IEnumerable<(string Method, string Path, string Policy)> Requests(RouteEndpoint endpoint)
    {
        var path = "/" + endpoint.RoutePattern.RawText!.TrimStart('/').Replace("{id}", "J1", StringComparison.OrdinalIgnoreCase)
            .Replace("{**path:file}", AnyFile[1..], StringComparison.Ordinal);
        var methods = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods is { Count: > 0 } named ? named : ["GET"];
        var policy = Policy(endpoint, path);
        // A page answers forms with what it shows: reading it tells as much. Only forms have handlers, and those have tests of their own.
        var isPage = endpoint.Metadata.GetMetadata<Microsoft.AspNetCore.Components.Endpoints.ComponentTypeMetadata>() is not null;
        return methods.Where(method => !isPage || method == "GET").Select(method => (method, path, policy));
    }

    private static string Policy(RouteEndpoint endpoint, string path)
    {
        var named = endpoint.Metadata.OfType<IAuthorizeData>().Select(data => data.Policy).OfType<string>().ToList();
        if (named.Count > 0)
            return Assert.Single(named);
        if (endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null)
        {
            Assert.True(WithoutPolicy.Any(open => path.StartsWith(open, StringComparison.Ordinal)), $"{path} names no policy");
            return SignedIn;
        }

        var isAsset = endpoint.Metadata.GetMetadata<Microsoft.AspNetCore.StaticAssets.StaticAssetDescriptor>() is not null || path == AnyFile;
        Assert.True(isAsset || Open.Contains(path), $"{path} is open to everybody");
        return Everybody;
    }
}
