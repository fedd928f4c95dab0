using System.Collections.Immutable;
using Microsoft.AspNetCore.Http.HttpResults;
using PatchEdge.Scheduler.Access;

namespace PatchEdge.Scheduler.Features.Accounts;

/// <param name="Name">Of the account.</param>
/// <param name="Password">Of the account.</param>
public sealed record SessionRequest(string? Name, string? Password);

/// <param name="Current">The password until now.</param>
/// <param name="Next">The one from now on.</param>
public sealed record PasswordRequest(string? Current, string? Next);

/// <param name="Messages">Everything that is wrong.</param>
public sealed record MistakesView(ImmutableArray<string> Messages);

/// <summary><c>/session</c>: how a program signs in and out with an account of its own, and chooses that account's password.</summary>
/// <remarks>The cookie is the one that people get by the page; tries are limited and counted together with theirs.</remarks>
internal static class SessionEndpoints
{
    public static void MapSession(this IEndpointRouteBuilder app)
    {
        var session = app.MapGroup("").WithTags("Session");
        session.MapPost("/session", SignInAsync).AllowAnonymous().RequireRateLimiting(SignInLimits.Policy)
            .WithSummary("Signs a program in: 204 with the cookie 'patchedge', to be sent with every request; 401 without saying why.");
        session.MapPost("/session/password", ChangeAsync).RequireAuthorization(Policies.View)
            .WithSummary("Changes the password of who is signed in; other sessions of theirs end. Needed once, before anything can be signed with a new account.");
        session.MapDelete("/session", SignOutAsync).RequireAuthorization(Policies.View).WithSummary("Ends every session of who is signed in.");
    }

    private static async Task<Results<NoContent, UnauthorizedHttpResult>> SignInAsync(SessionRequest body, SignIns signIns) =>
        await signIns.SignInAsync(body.Name?.Trim() ?? "", body.Password ?? "") ? TypedResults.NoContent() : TypedResults.Unauthorized();

    private static async Task<Results<NoContent, Conflict<MistakesView>>> ChangeAsync(PasswordRequest body, SignIns signIns, HttpContext context) =>
        await signIns.ChangePasswordAsync(context.User, body.Current ?? "", body.Next ?? "") is { Count: > 0 } mistakes
            ? TypedResults.Conflict(new MistakesView([.. mistakes])) : TypedResults.NoContent();

    private static async Task<NoContent> SignOutAsync(SignIns signIns, HttpContext context)
    {
        await signIns.SignOutAsync(context.User);
        return TypedResults.NoContent();
    }
}
