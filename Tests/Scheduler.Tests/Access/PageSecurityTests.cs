using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Access;

public sealed class PageSecurityTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/sign-in")]
    [InlineData("/")]
    [InlineData("/jobs")]
    [InlineData("/nothing-here")]
    [InlineData("/api/jobs")]
    [InlineData("/health")]
    [InlineData("/console.css")]
    [Trait("Req", "hostile-74")]
    public async Task Every_answer_forbids_foreign_and_inline_content(string path)
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        using var visitor = await Visitor.WithRoleAsync(scheduler, Policies.Viewer);

        using var response = await visitor.Http.GetAsync(path, Cancellation);

        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("script-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("same-origin", Assert.Single(response.Headers.GetValues("Referrer-Policy")));
        Assert.False(response.Headers.Contains("Server"));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/jobs")]
    [InlineData("/jobs/J1")]
    [InlineData("/ledger")]
    [Trait("Req", "hostile-74")]
    public async Task Text_of_the_plant_is_encoded(string path)
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        using var http = scheduler.Http();
        var job = new JobRequest { Id = "J1", Host = TestPlant.Hmi, Procedure = Facts.Procedure, PatchName = "<script>alert(1)</script>", PatchDigest = Facts.Digest };
        using var added = await http.PostAsJsonAsync("/api/jobs", job, ApiJson.Default.JobRequest, Cancellation);
        using var visitor = await Visitor.WithRoleAsync(scheduler, Policies.Viewer);

        var page = await visitor.Http.GetStringAsync(path, Cancellation);

        Assert.Equal(HttpStatusCode.OK, added.StatusCode);
        Assert.Contains("J1", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calendar_shows_what_is_on_now_and_where_it_is_written()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        using var visitor = await Visitor.WithRoleAsync(scheduler, Policies.Viewer);

        var page = await visitor.Http.GetStringAsync("/calendar", Cancellation);

        Assert.Contains("Window", page, StringComparison.Ordinal);
        Assert.Contains("<strong>now</strong>", page, StringComparison.Ordinal);
        Assert.Contains("site.ics", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://evil.example")]
    [InlineData("null")]
    [InlineData("http://127.0.0.1:1")]
    [Trait("Req", "hostile-73")]
    public async Task Form_or_order_from_another_site_is_refused_even_with_cookies(string origin)
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        using var visitor = await Visitor.WithRoleAsync(scheduler, Policies.Administrator);
        var token = await visitor.FormTokenAsync("/");
        visitor.Http.DefaultRequestHeaders.Remove("Origin");
        visitor.Http.DefaultRequestHeaders.Add("Origin", origin);

        using var order = await visitor.Http.PostAsJsonAsync("/api/emergency-stop", new ReasonRequest("x"), ApiJson.Default.ReasonRequest, Cancellation);
        using var form = await visitor.Http.PostAsync("/sign-out", new FormUrlEncodedContent([new("__RequestVerificationToken", token)]), Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, order.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, form.StatusCode);
    }

    [Fact]
    [Trait("Req", "hostile-73")]
    public async Task Form_without_its_token_is_refused()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        using var visitor = await Visitor.WithRoleAsync(scheduler, Policies.Viewer);

        using var signIn = await visitor.Http.PostAsync("/sign-in", Form(("_handler", "sign-in"), ("Input.Name", "ann"), ("Input.Password", "x")), Cancellation);
        using var password = await visitor.Http.PostAsync("/account/password", Form(("_handler", "password"), ("Input.Current", Visitor.Password)), Cancellation);
        using var signOut = await visitor.Http.PostAsync("/sign-out", Form(), Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, signIn.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, password.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, signOut.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await visitor.Http.GetAsync("/api/jobs", Cancellation)).StatusCode);

        static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) => new(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("http://evil.example", false)]
    [InlineData("self", true)]
    [Trait("Req", "hostile-73")]
    public async Task Page_connects_from_this_site_only(string? origin, bool connects)
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        using var visitor = await Visitor.WithRoleAsync(scheduler, Policies.Viewer);
        using var socket = new ClientWebSocket();
        socket.Options.Cookies = visitor.Cookies;
        if (origin is not null)
            socket.Options.SetRequestHeader("Origin", origin == "self" ? scheduler.Address.GetLeftPart(UriPartial.Authority) : origin);
        var address = new UriBuilder(scheduler.Address) { Scheme = "ws", Path = PageSecurity.Circuits }.Uri;

        var connecting = socket.ConnectAsync(address, Cancellation);

        if (connects)
            await connecting;
        else
            await Assert.ThrowsAsync<WebSocketException>(() => connecting);
        Assert.Equal(connects ? WebSocketState.Open : WebSocketState.Closed, socket.State);
    }

    [Fact]
    public async Task Stranger_cannot_connect()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Origin", scheduler.Address.GetLeftPart(UriPartial.Authority));

        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new UriBuilder(scheduler.Address) { Scheme = "ws", Path = PageSecurity.Circuits }.Uri, Cancellation));
    }
}
