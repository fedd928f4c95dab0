using System.Collections.Immutable;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.Http.HttpResults;
using PatchEdge.Scheduler.Access;

namespace PatchEdge.Scheduler.Features.Accounts;

/// <param name="Name">Of the new account.</param>
/// <param name="Roles">At least one.</param>
public sealed record AccountRequest(string Name, ImmutableArray<string> Roles);

/// <param name="Roles">At least one: all that the account shall have.</param>
public sealed record RolesRequest(ImmutableArray<string> Roles);

/// <param name="Done">It was made.</param>
/// <param name="Messages">What was done, or every reason why not.</param>
/// <param name="Password">The new password, this once: its owner must choose another before they can sign anything.</param>
public sealed record AccountChangeView(bool Done, ImmutableArray<string> Messages, string? Password);

/// <summary><c>/api/accounts</c>: what administrators do with accounts. The local command line is no administrator, and has <c>account reset</c>.</summary>
internal static class AccountEndpoints
{
    public static void MapAccounts(this IEndpointRouteBuilder api)
    {
        var accounts = api.MapGroup("/accounts").WithTags("Accounts").RequireAuthorization(Policies.Administer);
        accounts.MapGet("/", async (AccountDesk desk, CancellationToken cancellation) => (await desk.ListAsync(cancellation)).ToArray()).WithSummary("Every account with its roles.");
        Map(accounts, "/", "Adds an account with a password that is shown once.", (AccountRequest body, HttpContext context) => AskAsync(context, desk => desk.AddAsync(body.Name.Trim(), Given(body.Roles))));
        Map(accounts, "/{name}/roles", "Sets an account's roles; it must sign in again.", (string name, RolesRequest body, HttpContext context) => AskAsync(context, desk => desk.SetRolesAsync(name, Given(body.Roles))));
        Map(accounts, "/{name}/password", "Gives an account a new password that is shown once, and ends a lock.", (string name, HttpContext context) => AskAsync(context, desk => desk.ResetPasswordAsync(name)));
        Map(accounts, "/{name}/close", "Closes an account: nobody can sign in with it.", (string name, HttpContext context) => AskAsync(context, desk => desk.CloseAsync(name, true)));
        Map(accounts, "/{name}/open", "Opens a closed account again.", (string name, HttpContext context) => AskAsync(context, desk => desk.CloseAsync(name, false)));
    }

    private static void Map(RouteGroupBuilder accounts, string path, string summary, Delegate handler) => accounts.MapPost(path, handler).WithSummary(summary);

    private static string[] Given(ImmutableArray<string> roles) => roles.IsDefault ? [] : [.. roles];

    private static async Task<JsonHttpResult<AccountChangeView>> AskAsync(HttpContext context, Func<AccountDesk, Task<AccountChange>> change)
    {
        // The desk asks who is there as pages do; in a request that is who sent it.
        var states = (IHostEnvironmentAuthenticationStateProvider)context.RequestServices.GetRequiredService<AuthenticationStateProvider>();
        states.SetAuthenticationState(Task.FromResult(new AuthenticationState(context.User)));
        var result = await change(context.RequestServices.GetRequiredService<AccountDesk>());
        return TypedResults.Json(new AccountChangeView(result.Done, result.Messages, result.Password), statusCode: result.Done ? StatusCodes.Status200OK : StatusCodes.Status409Conflict);
    }
}
