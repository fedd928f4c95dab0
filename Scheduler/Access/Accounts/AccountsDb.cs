using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Access.Accounts;

/// <summary>Accounts and their roles, in a file of their own beside the scheduler's database.</summary>
internal sealed class AccountsDb(DbContextOptions<AccountsDb> options) : IdentityDbContext<Account>(options)
{
    /// <summary>Raise it with a step in <see cref="Steps"/> whenever a table changes.</summary>
    public const int Version = 1;

    public static readonly SchemaStep[] Steps = [];
}
