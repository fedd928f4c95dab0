using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.Identity;

namespace PatchEdge.Scheduler.Access.Accounts;

/// <summary>Ends what an open page may do when its account is closed, changes its roles or password, signs out, or has been signed in for a whole shift.</summary>
internal sealed class AccountRevalidation(ILoggerFactory logs, IServiceScopeFactory scopes, TimeProvider time)
    : RevalidatingServerAuthenticationStateProvider(logs)
{
    public static readonly TimeSpan LongestSession = TimeSpan.FromHours(12);

    private readonly long openedAt = time.GetTimestamp();

    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(15);

    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken)
    {
        if (time.GetElapsedTime(openedAt) > LongestSession)
            return false;
        await using var scope = scopes.CreateAsyncScope();
        return await FindAsync(scope.ServiceProvider, authenticationState.User) is not null;
    }

    /// <summary>The account behind a ticket, read anew; null when the ticket no longer holds.</summary>
    public static async Task<Account?> FindAsync(IServiceProvider services, ClaimsPrincipal user)
    {
        var accounts = services.GetRequiredService<UserManager<Account>>();
        if (await accounts.GetUserAsync(user) is not { IsClosed: false } account)
            return null;
        var stamp = user.FindFirstValue(accounts.Options.ClaimsIdentity.SecurityStampClaimType);
        return stamp == await accounts.GetSecurityStampAsync(account) ? account : null;
    }
}
