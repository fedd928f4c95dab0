using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Identity;
using PatchEdge.Scheduler.Access.Accounts;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Signatures;

namespace PatchEdge.Scheduler.Access;

/// <summary>Takes electronic signatures on one open page: name and password at the first, the password at each further one (21 CFR 11.200(a)(1)).</summary>
/// <remarks>Opening another page begins another session.</remarks>
internal sealed class Signing(AuthenticationStateProvider states, IServiceScopeFactory scopes, RunnerInbox inbox)
{
    private bool hasSigned;

    /// <summary>The next signature needs the name too.</summary>
    public bool NeedsName => !hasSigned;

    /// <param name="name">As the signer typed it; not looked at once they have signed on this page.</param>
    /// <param name="password">As they typed it.</param>
    /// <param name="meaning">One of <see cref="SignatureMeanings"/>.</param>
    /// <param name="covers">SHA-256 (lower-case hex) of what they saw and sign.</param>
    /// <returns>The signature, or why there is none.</returns>
    public async Task<(SignatureRecord? Signature, string Refusal)> SignAsync(string name, string password, string meaning, string covers)
    {
        var user = (await states.GetAuthenticationStateAsync()).User;
        await using var scope = scopes.CreateAsyncScope();
        var answer = await SignAsync(scope.ServiceProvider, inbox, user, hasSigned ? null : name, password, meaning, covers);
        hasSigned |= answer.Signature is not null;
        return answer;
    }

    /// <summary>The same for a request of its own. Wrong passwords count towards the account's lock as at signing in.</summary>
    /// <param name="services">Of the request.</param>
    /// <param name="inbox">Hears of an account that was locked.</param>
    /// <param name="user">Who is signed in; the local command line is nobody in particular, so there the name says whose account it is.</param>
    /// <param name="name">Null when they have signed in this session.</param>
    /// <param name="password">As they typed it.</param>
    /// <param name="meaning">One of <see cref="SignatureMeanings"/>.</param>
    /// <param name="covers">SHA-256 (lower-case hex) of what they saw and sign.</param>
    /// <param name="policy">What the account must be allowed, where being signed in does not say so.</param>
    public static async Task<(SignatureRecord? Signature, string Refusal)> SignAsync(
        IServiceProvider services, RunnerInbox inbox, ClaimsPrincipal user, string? name, string password, string meaning, string covers, string? policy = null)
    {
        var local = user.Identity?.AuthenticationType == LocalToken.Scheme;
        var accounts = services.GetRequiredService<UserManager<Account>>();
        var wrong = name is null ? "the password is wrong: nothing was signed" : "name or password is wrong, or it is not yours: nothing was signed";
        var found = local ? await accounts.FindByNameAsync(name?.Trim() ?? "") : await AccountRevalidation.FindAsync(services, user);
        if (found is not { IsClosed: false } account)
            return (null, local ? wrong : "your session has ended: sign in again");
        if (await accounts.IsLockedOutAsync(account))
            return (null, "your account is locked after wrong passwords: wait a few minutes");
        var isNamed = name is null || string.Equals(name.Trim(), account.UserName, StringComparison.OrdinalIgnoreCase);
        if (password.Length is 0 or > Passwords.LongestAllowed || !await accounts.CheckPasswordAsync(account, password) || !isNamed)
        {
            await accounts.AccessFailedAsync(account);
            if (await accounts.IsLockedOutAsync(account))
                inbox.TryPost(new RunnerInput.Asked(
                    new Order.Note(LedgerActions.LockedOut, account.UserName!, "locked after wrong passwords at signing", null, account.UserName!),
                    new TaskCompletionSource<OrderResult>(TaskCreationOptions.RunContinuationsAsynchronously)));
            return (null, wrong);
        }

        await accounts.ResetAccessFailedCountAsync(account);
        if (account.PasswordIsInitial)
            return (null, "your password was given to you by somebody else, who may know it: choose your own on the password page, then sign");
        if (policy is not null && !await MayAsync(services, account, policy))
            return (null, $"{account.UserName} may not sign this: ask an administrator for the role");
        return (new SignatureRecord(account.UserName!, meaning, covers, name is null ? 1 : 2), "");
    }

    private static async Task<bool> MayAsync(IServiceProvider services, Account account, string policy)
    {
        var principal = await services.GetRequiredService<IUserClaimsPrincipalFactory<Account>>().CreateAsync(account);
        return (await services.GetRequiredService<IAuthorizationService>().AuthorizeAsync(principal, policy)).Succeeded;
    }
}
