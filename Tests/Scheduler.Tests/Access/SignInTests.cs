using System.Net;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Access.Accounts;
using PatchEdge.Scheduler.Features.Accounts;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Storage;
using PatchEdge.Scheduler.Storage.Lease;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Access;

public sealed class SignInTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task First_administrator_is_made_once_and_signs_in_with_the_password_that_was_shown()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await using (var scope = scheduler.Services.CreateAsyncScope())
        {
            var accounts = scope.ServiceProvider.GetRequiredService<UserManager<Account>>();
            await accounts.DeleteAsync((await accounts.FindByNameAsync(FirstAdministrator.Name))!);
        }

        using var shown = new StringWriter();
        await FirstAdministrator.PrepareAsync(scheduler.Services, shown, Cancellation);
        await FirstAdministrator.PrepareAsync(scheduler.Services, shown, Cancellation);

        var line = shown.ToString();
        Assert.Matches(@"\AFirst administrator: admin  password: ([A-Z2-9]{4}-){3}[A-Z2-9]{4}  \(shown once; change it after signing in\)\r?\n\z", line);
        using var visitor = new Visitor(scheduler);
        using var response = await visitor.SignInAsync("admin", line.Split("  ")[1]["password: ".Length..]);
        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.Equal("/", response.Headers.Location!.AbsolutePath);
        Assert.Contains("Choose your own", await visitor.Http.GetStringAsync("/", Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lost_password_is_reset_while_the_scheduler_is_stopped_and_that_is_on_record()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        var location = scheduler.Services.GetRequiredService<DataDirectory>().Location;
        await scheduler.StopAsync();
        AccountChange change, unknown;
        using (var data = DataDirectory.Take(location))
        await using (var term = await OfflineTerm.TakeAsync(data, scheduler.Options, TimeProvider.System, Cancellation))
        {
            unknown = await AccountReset.RunAsync(data, term, "nobody", "root (local)", TimeProvider.System, Cancellation);
            change = await AccountReset.RunAsync(data, term, "ADMIN", "root (local)", TimeProvider.System, Cancellation);
        }

        await scheduler.StartAgainAsync();

        Assert.False(unknown.Done);
        using var visitor = new Visitor(scheduler);
        using var response = await visitor.SignInAsync("admin", change.Password!);
        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.Single(await scheduler.LedgerAsync(), entry => entry.Json.Contains("root (local)", StringComparison.Ordinal));
        Assert.Null(scheduler.Services.GetRequiredService<LedgerHealth>().Fault);
    }

    [Theory]
    [InlineData("some-viewer", "wrong horse battery")]
    [InlineData("nobody", Visitor.Password)]
    [InlineData("some-viewer", "")]
    [InlineData("", "")]
    public async Task Wrong_name_or_password_is_answered_alike(string name, string password)
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await Visitor.AddAccountAsync(scheduler, "some-viewer", Policies.Viewer);
        using var visitor = new Visitor(scheduler);

        using var response = await visitor.SignInAsync(name, password);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("the name or the password is wrong", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Null(visitor.Cookies.GetCookies(scheduler.Address)["patchedge"]);
    }

    [Fact]
    [Trait("Req", "hostile-71")]
    public async Task Account_locks_after_five_wrong_passwords_also_for_the_right_one_and_the_ledger_says_so()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await Visitor.AddAccountAsync(scheduler, "ann", Policies.Viewer);
        using var visitor = new Visitor(scheduler);
        for (var i = 0; i < 5; i++)
            (await visitor.SignInAsync("ann", $"wrong password {i}")).Dispose();

        using var response = await visitor.SignInAsync("ann", Visitor.Password);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await scheduler.SettledAsync();
        Assert.Single(await scheduler.LedgerAsync(), entry => entry.Json.Contains(LedgerActions.LockedOut, StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Req", "hostile-71")]
    public async Task Address_that_tries_many_passwords_has_to_wait()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        using var visitor = new Visitor(scheduler);
        for (var i = 0; i < SignInLimits.PerAddressAndMinute; i++)
            (await visitor.SignInAsync($"guess-{i}", "some password")).Dispose();

        using var response = await visitor.SignInAsync("admin", "some password");

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.OK, (await visitor.Http.GetAsync("/sign-in", Cancellation)).StatusCode);
    }

    [Fact]
    [Trait("Req", "hostile-72")]
    public async Task Signing_in_makes_a_new_ticket_and_one_that_was_planted_is_worth_nothing()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await Visitor.AddAccountAsync(scheduler, "ann", Policies.Viewer);
        using var visitor = new Visitor(scheduler);
        visitor.Cookies.Add(new Cookie("patchedge", "planted", "/", scheduler.Address.Host));

        (await visitor.SignInAsync("ann", Visitor.Password)).Dispose();
        var first = visitor.Cookies.GetCookies(scheduler.Address)["patchedge"]!;
        (await visitor.SignInAsync("ann", Visitor.Password)).Dispose();
        var second = visitor.Cookies.GetCookies(scheduler.Address)["patchedge"]!.Value;

        Assert.NotEqual("planted", first.Value);
        Assert.NotEqual(first.Value, second);
        Assert.True(first.HttpOnly);
    }

    [Fact]
    public async Task Cookie_is_for_this_site_and_http_alone()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await Visitor.AddAccountAsync(scheduler, "ann", Policies.Viewer);
        using var visitor = new Visitor(scheduler);

        using var response = await visitor.SignInAsync("ann", Visitor.Password);

        var cookie = Assert.Single(response.Headers.GetValues("Set-Cookie"), header => header.StartsWith("patchedge=", StringComparison.Ordinal));
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("expires=", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    [Trait("Req", "hostile-72")]
    public async Task Signing_out_ends_every_copy_of_the_ticket()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        using var visitor = await Visitor.WithRoleAsync(scheduler, Policies.Viewer);
        using var copy = new Visitor(scheduler);
        copy.Cookies.Add(new Cookie("patchedge", visitor.Cookies.GetCookies(scheduler.Address)["patchedge"]!.Value, "/", scheduler.Address.Host));
        Assert.Equal(HttpStatusCode.OK, (await copy.Http.GetAsync("/api/jobs", Cancellation)).StatusCode);

        using var response = await visitor.PostAsync("/sign-out", [], page: "/");

        Assert.Equal("/sign-in", response.Headers.Location!.OriginalString);
        Assert.Equal(HttpStatusCode.Unauthorized, (await copy.Http.GetAsync("/api/jobs", Cancellation)).StatusCode);
    }

    [Fact]
    public async Task Changed_password_keeps_this_session_and_ends_the_others()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        using var visitor = await Visitor.WithRoleAsync(scheduler, Policies.Viewer, "ann");
        using var other = new Visitor(scheduler);
        (await other.SignInAsync("ann", Visitor.Password)).Dispose();

        var wrong = await ChangeAsync("not the current one", "a new password of mine");
        var named = await ChangeAsync(Visitor.Password, "ann's own password");
        var done = await ChangeAsync(Visitor.Password, "a new password of mine");

        Assert.Contains("current password is wrong", wrong, StringComparison.Ordinal);
        Assert.Contains("must not contain your account", named, StringComparison.Ordinal);
        Assert.Contains("password is changed", done, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await visitor.Http.GetAsync("/api/jobs", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await other.Http.GetAsync("/api/jobs", Cancellation)).StatusCode);

        async Task<string> ChangeAsync(string current, string next)
        {
            using var response = await visitor.PostAsync("/account/password", new()
            {
                ["_handler"] = "password",
                ["Input.Current"] = current,
                ["Input.Next"] = next,
                ["Input.Again"] = next,
            });
            return WebUtility.HtmlDecode(await response.Content.ReadAsStringAsync(Cancellation));
        }
    }

    [Theory]
    [InlineData("/jobs/J1", "/jobs/J1")]
    [InlineData("//evil.example/", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("https://evil.example/", "/")]
    [InlineData("javascript:alert(1)", "/")]
    [InlineData("/a\r\nb", "/")]
    [InlineData("", "/")]
    [InlineData(null, "/")]
    public void Signing_in_leads_to_this_site_only(string? asked, string led) => Assert.Equal(led, LocalPath.OrHome(asked));
}
