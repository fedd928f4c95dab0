using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Access.Accounts;

/// <summary>Prepares the accounts at every start; the first one makes an administrator, since nobody could sign in otherwise.</summary>
internal static class FirstAdministrator
{
    public const string Name = "admin";

    /// <param name="services">The application's.</param>
    /// <param name="output">Where the password is shown, once: it is stored as a hash only.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task PrepareAsync(IServiceProvider services, TextWriter output, CancellationToken cancellation)
    {
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AccountsDb>();
        var roles = scope.ServiceProvider.GetRequiredService<RoleManager<IdentityRole>>();
        foreach (var role in Policies.Roles)
            if (!await roles.RoleExistsAsync(role))
                Check(await roles.CreateAsync(new IdentityRole(role)));
        if (await db.Users.AnyAsync(cancellation))
            return;

        var accounts = scope.ServiceProvider.GetRequiredService<UserManager<Account>>();
        var password = Passwords.Make();
        await using (var transaction = await db.Database.BeginTransactionAsync(cancellation))
        {
            var account = new Account { UserName = Name, PasswordIsInitial = true };
            Check(await accounts.CreateAsync(account, password));
            Check(await accounts.AddToRoleAsync(account, Policies.Administrator));
            await transaction.CommitAsync(cancellation);
        }

        await output.WriteLineAsync($"First administrator: {Name}  password: {password}  (shown once; change it after signing in)");
        await output.FlushAsync(cancellation);
    }

    private static void Check(IdentityResult result)
    {
        if (!result.Succeeded)
            throw new InvalidOperationException("The accounts could not be prepared: " + string.Join("; ", result.Errors.Select(error => error.Description)));
    }
}
