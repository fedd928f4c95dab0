using System.Collections.Immutable;
using System.Security.Claims;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Access.Accounts;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Ledger;

namespace PatchEdge.Scheduler.Features.Accounts;

/// <summary>What administrators do with accounts. Each change is in the ledger before it is made; who is affected must sign in again.</summary>
internal sealed class AccountDesk(IServiceScopeFactory scopes, Orders orders, TimeProvider time)
{
    private const int Most = 1_000;

    public async Task<ImmutableArray<AccountView>> ListAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AccountsDb>();
        var accounts = await db.Users.AsNoTracking().OrderBy(account => account.NormalizedUserName).Take(Most).ToListAsync(cancellation);
        var roles = (await db.UserRoles.AsNoTracking().Join(db.Roles, held => held.RoleId, role => role.Id, (held, role) => new { held.UserId, role.Name }).ToListAsync(cancellation))
            .ToLookup(held => held.UserId, held => held.Name!);
        var now = time.GetUtcNow();
        return [.. accounts.Select(account => new AccountView(
            account.UserName!,
            [.. Policies.Roles.Where(roles[account.Id].Contains)],
            account.IsClosed,
            !account.IsClosed && account.LockoutEnd > now ? account.LockoutEnd : null,
            account.PasswordIsInitial))];
    }

    /// <summary>Whether who is signed in has not chosen a password yet.</summary>
    public async Task<bool> HasInitialPasswordAsync(ClaimsPrincipal user)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await AccountRevalidation.FindAsync(scope.ServiceProvider, user) is { PasswordIsInitial: true };
    }

    /// <summary>Adds an account with a password that is shown once.</summary>
    public Task<AccountChange> AddAsync(string name, IReadOnlyCollection<string> roles) =>
        Names.Refusal(name) is { } refusal ? Task.FromResult(AccountChange.Refused($"name: {refusal}"))
        : string.Equals(name, Actors.Scheduler, StringComparison.OrdinalIgnoreCase) ? Task.FromResult(AccountChange.Refused("name: the ledger calls the program itself so: take another"))
        : Unfit(roles) is { } unfit ? Task.FromResult(AccountChange.Refused(unfit))
        : ChangeAsync(name, LedgerActions.AccountAdded, $"account {name} added", roles, async (accounts, existing) =>
        {
            if (existing is not null)
                return AccountChange.Refused($"there is an account {name} already");
            var password = Passwords.Make();
            var account = new Account { UserName = name, PasswordIsInitial = true };
            var made = await accounts.CreateAsync(account, password);
            if (made.Succeeded)
                made = await accounts.AddToRolesAsync(account, roles);
            return AccountChange.Of(made, $"account {name} added", password);
        }, mustExist: false);

    public Task<AccountChange> SetRolesAsync(string name, IReadOnlyCollection<string> roles) =>
        Unfit(roles) is { } unfit ? Task.FromResult(AccountChange.Refused(unfit))
        : ChangeAsync(name, LedgerActions.AccountChanged, $"roles of {name} set", roles, async (accounts, account) =>
        {
            var held = await accounts.GetRolesAsync(account!);
            var result = await accounts.RemoveFromRolesAsync(account!, held.Except(roles));
            if (result.Succeeded)
                result = await accounts.AddToRolesAsync(account!, roles.Except(held));
            if (result.Succeeded)
                result = await accounts.UpdateSecurityStampAsync(account!);
            return AccountChange.Of(result, $"{name} is now {string.Join(", ", roles)}");
        });

    /// <summary>Gives a new password that is shown once, and ends a lock.</summary>
    public Task<AccountChange> ResetPasswordAsync(string name) =>
        ChangeAsync(name, LedgerActions.AccountChanged, $"password of {name} reset", null, async (accounts, account) =>
        {
            var password = Passwords.Make();
            account!.PasswordIsInitial = true;
            if (!account.IsClosed)
                account.LockoutEnd = null;
            account.PasswordHash = accounts.PasswordHasher.HashPassword(account, password);
            return AccountChange.Of(await accounts.UpdateSecurityStampAsync(account), $"{name} has a new password", password);
        });

    public Task<AccountChange> CloseAsync(string name, bool closed) =>
        ChangeAsync(name, LedgerActions.AccountChanged, closed ? $"account {name} closed" : $"account {name} opened again", null, async (accounts, account) =>
        {
            account!.LockoutEnabled = true;
            account.LockoutEnd = closed ? DateTimeOffset.MaxValue : null;
            return AccountChange.Of(await accounts.UpdateSecurityStampAsync(account), closed ? $"account {name} is closed" : $"account {name} is open");
        });

    private static string? Unfit(IReadOnlyCollection<string> roles) =>
        roles.Count == 0 ? "an account needs at least one role"
        : roles.All(Policies.Roles.Contains) ? null
        : "there is no such role";

    /// <summary>Nobody changes what they may do themselves: so there is always an administrator left, and no role is taken on alone.</summary>
    private async Task<AccountChange> ChangeAsync(
        string name, string action, string reason, IReadOnlyCollection<string>? roles, Func<UserManager<Account>, Account?, Task<AccountChange>> change, bool mustExist = true)
    {
        if (await orders.WhoMayAsync(Policies.Administer) is not { } by)
            return AccountChange.Refused(Orders.NotAllowed);
        if (string.Equals(by, name, StringComparison.OrdinalIgnoreCase))
            return AccountChange.Refused("this is your own account: another administrator must change it");
        await using var scope = scopes.CreateAsyncScope();
        var accounts = scope.ServiceProvider.GetRequiredService<UserManager<Account>>();
        var account = await accounts.FindByNameAsync(name);
        if (account is null && mustExist)
            return AccountChange.Refused($"there is no account {name}");
        var after = roles is null ? null : new JsonObject { ["roles"] = new JsonArray([.. roles.Order().Select(role => (JsonNode)role)]) };
        var noted = await orders.SendAsync(Policies.Administer, who => new Order.Note(action, name, reason, after, who));
        return noted.Outcome == OrderOutcome.Done ? await change(accounts, account) : AccountChange.Refused([.. noted.Messages]);
    }
}

/// <summary>How a change of an account ended.</summary>
/// <param name="Done">It was made.</param>
/// <param name="Messages">What was done, or why not.</param>
/// <param name="Password">The new password, to be shown once; null when there is none.</param>
internal sealed record AccountChange(bool Done, ImmutableArray<string> Messages, string? Password = null)
{
    public static AccountChange Refused(params ReadOnlySpan<string> reasons) => new(false, [.. reasons]);

    public static AccountChange Of(IdentityResult result, string done, string? password = null) => result.Succeeded
        ? new AccountChange(true, [done], password)
        : new AccountChange(false, [.. result.Errors.Select(error => error.Description)]);
}
