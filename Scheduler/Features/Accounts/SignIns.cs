using Microsoft.AspNetCore.Identity;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Scheduler.Access.Accounts;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Ledger;

namespace PatchEdge.Scheduler.Features.Accounts;

/// <summary>Signs people in and out, within one request, and tells the ledger.</summary>
/// <remarks>A sign-in always makes a new ticket, and never says why it failed: guessing must not learn which names exist.</remarks>
internal sealed class SignIns(SignInManager<Account> signIns, UserManager<Account> accounts, IPasswordHasher<Account> hasher, RunnerInbox inbox)
{
    private static readonly Account Nobody = new();
    private static string? nobodysHash;

    public async Task<bool> SignInAsync(string name, string password)
    {
        if (name.Length is 0 or > 256 || password.Length is 0 or > Passwords.LongestAllowed)
            return false;
        if (await accounts.FindByNameAsync(name) is not { } account || await accounts.IsLockedOutAsync(account))
        {
            // Takes as long as for a name that exists and is not locked.
            nobodysHash ??= hasher.HashPassword(Nobody, Passwords.Make());
            hasher.VerifyHashedPassword(Nobody, nobodysHash, password);
            return false;
        }

        var result = await signIns.PasswordSignInAsync(account, password, isPersistent: false, lockoutOnFailure: true);
        if (result.Succeeded)
            Note(LedgerActions.SignedIn, account, "signed in to the console");
        else if (result.IsLockedOut)
            Note(LedgerActions.LockedOut, account, $"locked after {accounts.Options.Lockout.MaxFailedAccessAttempts} wrong passwords in a row");
        return result.Succeeded;
    }

    /// <summary>Ends every ticket of the account, also on other machines.</summary>
    public async Task SignOutAsync(System.Security.Claims.ClaimsPrincipal user)
    {
        if (await accounts.GetUserAsync(user) is { } account)
        {
            await accounts.UpdateSecurityStampAsync(account);
            Note(LedgerActions.SignedOut, account, "signed out of the console");
        }

        await signIns.SignOutAsync();
    }

    /// <returns>What is wrong; empty when it was changed.</returns>
    public async Task<IReadOnlyList<string>> ChangePasswordAsync(System.Security.Claims.ClaimsPrincipal user, string current, string next)
    {
        if (await accounts.GetUserAsync(user) is not { } account)
            return ["Your account is gone: ask an administrator."];
        if (await accounts.IsLockedOutAsync(account))
            return ["Your account is locked after wrong passwords: wait a few minutes."];
        if (current.Length > Passwords.LongestAllowed || next.Length > Passwords.LongestAllowed)
            return [$"A password has at most {Passwords.LongestAllowed} characters."];
        if (next.Contains(account.UserName!, StringComparison.OrdinalIgnoreCase))
            return ["The new password must not contain your account's name."];
        if (next == current)
            return ["The new password is the current one."];
        if (!await accounts.CheckPasswordAsync(account, current))
        {
            await accounts.AccessFailedAsync(account);
            return ["The current password is wrong."];
        }

        account.PasswordIsInitial = false;
        var result = await accounts.ChangePasswordAsync(account, current, next);
        if (!result.Succeeded)
            return [.. result.Errors.Select(error => error.Description)];
        await signIns.RefreshSignInAsync(account);
        Note(LedgerActions.PasswordChanged, account, "changed the password; other sessions end");
        return [];
    }

    /// <summary>For the record, and in nobody's way: a full inbox must not keep people out.</summary>
    private void Note(string action, Account account, string reason)
    {
        var by = Printable.Line(account.UserName!);
        inbox.TryPost(new RunnerInput.Asked(
            new Order.Note(action, by, reason, null, by), new TaskCompletionSource<OrderResult>(TaskCreationOptions.RunContinuationsAsynchronously)));
    }
}
