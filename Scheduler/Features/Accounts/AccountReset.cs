using Microsoft.AspNetCore.Identity;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Access.Accounts;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Heads;
using PatchEdge.Scheduler.Storage;
using PatchEdge.Scheduler.Storage.Lease;

namespace PatchEdge.Scheduler.Features.Accounts;

/// <summary>Gives an account a new password from outside a running scheduler. Whoever can take the data directory could read and write the accounts anyway; this way it is on record.</summary>
internal static class AccountReset
{
    /// <remarks>The caller holds <paramref name="data"/> and the term, so no scheduler decides and nobody else appends to the ledger.</remarks>
    public static async Task<AccountChange> RunAsync(DataDirectory data, OfflineTerm term, string name, string by, TimeProvider time, CancellationToken cancellation)
    {
        if (term.Place.Server is null && (!File.Exists(data.Accounts) || !File.Exists(data.Database)))
            return AccountChange.Refused($"there are no accounts in {data.Location}: no scheduler has run with this configuration");
        var services = new ServiceCollection().AddLogging();
        services.AddAccounts(term.Place);
        await using var provider = services.BuildServiceProvider();
        await using var scope = provider.CreateAsyncScope();
        var accounts = scope.ServiceProvider.GetRequiredService<UserManager<Account>>();
        if (await accounts.FindByNameAsync(name) is not { } account)
            return AccountChange.Refused($"there is no account '{name}'");

        await RecordAsync(data, term, account, by, time, cancellation);
        var password = Passwords.Make();
        account.PasswordIsInitial = true;
        account.LockoutEnd = null;
        account.AccessFailedCount = 0;
        account.PasswordHash = accounts.PasswordHasher.HashPassword(account, password);
        return AccountChange.Of(await accounts.UpdateSecurityStampAsync(account), $"New password of {account.UserName}", password);
    }

    private static async Task RecordAsync(DataDirectory data, OfflineTerm term, Account account, string by, TimeProvider time, CancellationToken cancellation)
    {
        LedgerEntry entry = null!;
        await term.WriteAsync(async db => entry = await new LedgerBook(time).AppendAsync(db, new LedgerRecord
        {
            Actor = by,
            Action = LedgerActions.AccountChanged,
            Subject = account.UserName!,
            Reason = $"password of {account.UserName} reset on the command line, and the account opened",
        }, cancellation), cancellation);
        new LedgerAnchors(data.Anchors).Note(entry);
    }
}
