using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Identity;
using PatchEdge.Scheduler.Access.Accounts;
using PatchEdge.Scheduler.Execution.Inbox;

namespace PatchEdge.Scheduler.Access;

/// <summary>Takes what a person asks for on an open page to the runner, once their account, read anew, may ask for it.</summary>
/// <remarks>A page may have been open for hours: neither what it shows nor the ticket it was opened with is believed.</remarks>
internal sealed class Orders(
    AuthenticationStateProvider states, IServiceScopeFactory scopes, IAuthorizationService authorization, RunnerInbox inbox, TimeProvider time)
{
    public const string NotAllowed = "your account may not do this, or no longer: ask an administrator for the role, or sign in again";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Name of who is signed in, when they may do what the policy covers; null when not.</summary>
    public async Task<string?> WhoMayAsync(string policy)
    {
        var user = (await states.GetAuthenticationStateAsync()).User;
        if (user.Identity?.IsAuthenticated != true)
            return null;
        await using var scope = scopes.CreateAsyncScope();
        if (await AccountRevalidation.FindAsync(scope.ServiceProvider, user) is not { } account)
            return null;
        ClaimsPrincipal now = await scope.ServiceProvider.GetRequiredService<IUserClaimsPrincipalFactory<Account>>().CreateAsync(account);
        return (await authorization.AuthorizeAsync(now, policy)).Succeeded ? account.UserName : null;
    }

    /// <param name="policy">What the account must be allowed.</param>
    /// <param name="order">Makes the order, given the name of who asks.</param>
    public async Task<OrderResult> SendAsync(string policy, Func<string, Order> order)
    {
        if (await WhoMayAsync(policy) is not { } by)
            return OrderResult.Refused(NotAllowed);
        using var deadline = new CancellationTokenSource(Patience, time);
        try
        {
            return await inbox.AskAsync(order(by), deadline.Token);
        }
        catch (OperationCanceledException)
        {
            return new OrderResult(OrderOutcome.Failed, ["the scheduler did not answer in time: look in the ledger whether it was done"]);
        }
    }
}
