using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Access.Accounts;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Features.Accounts;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Access;

/// <summary>What a page that is open may still ask for, however old its ticket.</summary>
public sealed class OrdersTests
{
    [Theory]
    [InlineData(Policies.Viewer, false)]
    [InlineData(Policies.Approver, false)]
    [InlineData(Policies.Operator, true)]
    [InlineData(Policies.Administrator, true)]
    [Trait("Req", "hostile-75")]
    public async Task Order_is_taken_from_who_may_give_it(string role, bool taken)
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await using var page = await OpenPageAsync(scheduler, "ann", role);

        var result = await StopAsync(page);

        Assert.Equal(taken ? OrderOutcome.Done : OrderOutcome.Refused, result.Outcome);
        Assert.Equal(taken, (await scheduler.LedgerAsync()).Any(entry => entry.Json.Contains("\"actor\":\"ann\"", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("role")]
    [InlineData("password")]
    [InlineData("closed")]
    [InlineData("deleted")]
    [Trait("Req", "hostile-75")]
    public async Task Page_opened_before_the_account_changed_asks_in_vain(string changed)
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await using var page = await OpenPageAsync(scheduler, "ann", Policies.Operator);
        await using var administrator = await OpenPageAsync(scheduler, "root", Policies.Administrator);
        var desk = administrator.ServiceProvider.GetRequiredService<AccountDesk>();
        switch (changed)
        {
            case "role":
                Assert.True((await desk.SetRolesAsync("ann", [Policies.Viewer])).Done);
                break;
            case "password":
                Assert.True((await desk.ResetPasswordAsync("ann")).Done);
                break;
            case "closed":
                Assert.True((await desk.CloseAsync("ann", true)).Done);
                break;
            default:
                await using (var scope = scheduler.Services.CreateAsyncScope())
                {
                    var accounts = scope.ServiceProvider.GetRequiredService<UserManager<Account>>();
                    await accounts.DeleteAsync((await accounts.FindByNameAsync("ann"))!);
                }

                break;
        }

        Assert.Equal(OrderOutcome.Refused, (await StopAsync(page)).Outcome);
    }

    [Fact]
    public async Task Accounts_are_kept_by_administrators_on_record_and_nobody_changes_their_own()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await using var administrator = await OpenPageAsync(scheduler, "root", Policies.Administrator);
        await using var viewer = await OpenPageAsync(scheduler, "vera", Policies.Viewer);
        var desk = administrator.ServiceProvider.GetRequiredService<AccountDesk>();

        var added = await desk.AddAsync("quinn", [Policies.Approver]);

        Assert.True(added.Done);
        Assert.Contains(await desk.ListAsync(TestContext.Current.CancellationToken), account => account is { Name: "quinn", PasswordIsInitial: true, Closed: false });
        Assert.Single(await scheduler.LedgerAsync(), entry => entry.Json.Contains(LedgerActions.AccountAdded, StringComparison.Ordinal));
        using var visitor = new Visitor(scheduler);
        using var signedIn = await visitor.SignInAsync("quinn", added.Password!);
        Assert.Equal(System.Net.HttpStatusCode.Redirect, signedIn.StatusCode);
        Assert.False((await desk.AddAsync("QUINN", [Policies.Approver])).Done);
        Assert.False((await desk.AddAsync("scheduler", [Policies.Approver])).Done);
        Assert.False((await desk.AddAsync("no roles", [])).Done);
        Assert.False((await desk.AddAsync("zed", ["Root"])).Done);
        Assert.False((await desk.SetRolesAsync("root", [Policies.Viewer])).Done);
        Assert.False((await desk.CloseAsync("root", true)).Done);
        Assert.False((await desk.CloseAsync("nobody", true)).Done);
        Assert.False((await viewer.ServiceProvider.GetRequiredService<AccountDesk>().AddAsync("mole", [Policies.Administrator])).Done);
    }

    private static Task<OrderResult> StopAsync(AsyncServiceScope page) =>
        page.ServiceProvider.GetRequiredService<Orders>().SendAsync(Policies.Operate, by => new Order.Stop("test", by));

    /// <summary>The services of a page that somebody opened with the ticket that they had then.</summary>
    private static async Task<AsyncServiceScope> OpenPageAsync(RunningScheduler scheduler, string name, string role)
    {
        await Visitor.AddAccountAsync(scheduler, name, role);
        var page = scheduler.Services.CreateAsyncScope();
        var account = await page.ServiceProvider.GetRequiredService<UserManager<Account>>().FindByNameAsync(name);
        ClaimsPrincipal ticket = await page.ServiceProvider.GetRequiredService<IUserClaimsPrincipalFactory<Account>>().CreateAsync(account!);
        var authenticated = new ClaimsPrincipal(new ClaimsIdentity(ticket.Claims, IdentityConstants.ApplicationScheme, ClaimTypes.Name, ClaimTypes.Role));
        ((IHostEnvironmentAuthenticationStateProvider)page.ServiceProvider.GetRequiredService<AuthenticationStateProvider>())
            .SetAuthenticationState(Task.FromResult(new AuthenticationState(authenticated)));
        return page;
    }
}
