using Microsoft.AspNetCore.Identity;

namespace PatchEdge.Scheduler.Access.Accounts;

/// <summary>Somebody who may sign in. The ledger names people by <see cref="IdentityUser{TKey}.UserName"/>.</summary>
internal sealed class Account : IdentityUser
{
    /// <summary>The password was made by the program, so somebody else may have seen it.</summary>
    public bool PasswordIsInitial { get; set; }

    /// <summary>An administrator closed it: nobody can sign in with it.</summary>
    public bool IsClosed => LockoutEnd == DateTimeOffset.MaxValue;
}
