using Microsoft.AspNetCore.Authorization;

namespace PatchEdge.Scheduler.Access;

/// <summary>Roles, and the policies that endpoints and pages name. Whatever names none needs a signed-in user.</summary>
internal static class Policies
{
    /// <summary>Sees everything, changes nothing.</summary>
    public const string View = "view";

    /// <summary>Adds, revokes and retries jobs.</summary>
    public const string Schedule = "schedule";

    /// <summary>Approves jobs and settles quarantined runs.</summary>
    public const string Approve = "approve";

    /// <summary>Presses and releases the emergency stop.</summary>
    public const string Operate = "operate";

    /// <summary>Adds, changes and closes accounts.</summary>
    public const string Administer = "administer";

    public const string Administrator = "Administrator";
    public const string Scheduler = "Scheduler";
    public const string Approver = "Approver";
    public const string Operator = "Operator";
    public const string Viewer = "Viewer";

    public static readonly string[] Roles = [Administrator, Scheduler, Approver, Operator, Viewer];

    /// <summary>Deny by default: an endpoint without a policy is open to nobody who is not signed in.</summary>
    public static void Configure(AuthorizationOptions options)
    {
        options.FallbackPolicy = options.DefaultPolicy;
        options.AddPolicy(View, policy => policy.RequireRole(Roles));
        options.AddPolicy(Schedule, policy => policy.RequireRole(Administrator, Scheduler));
        options.AddPolicy(Approve, policy => policy.RequireRole(Administrator, Approver));
        options.AddPolicy(Administer, policy => policy.RequireRole(Administrator));
        options.AddPolicy(Operate, policy => policy.RequireRole(Administrator, Scheduler, Operator));
    }
}
