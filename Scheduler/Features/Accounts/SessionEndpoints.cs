using Microsoft.AspNetCore.Http.HttpResults;
using PatchEdge.Scheduler.Access;

namespace PatchEdge.Scheduler.Features.Accounts;

/// <param name="Name">Of the account.</param>
/// <param name="Password">Of the account.</param>
public sealed record SessionRequest(string? Name, string? Password);

/// <summary><c>/session</c>: how a program signs in, with an account of its own.</summary>
/// <remarks>The cookie is the one that people get by the page; tries are limited and counted together with theirs.</remarks>
internal static class SessionEndpoints
{
    public static void MapSession(this IEndpointRouteBuilder app) => app.MapPost("/session", SignInAsync)
        .AllowAnonymous().RequireRateLimiting(SignInLimits.Policy).WithTags("Session")
        .WithSummary("Signs a program in: 204 with the cookie 'patchedge', to be sent with every request; 401 without saying why.");

    private static async Task<Results<NoContent, UnauthorizedHttpResult>> SignInAsync(SessionRequest body, SignIns signIns) =>
        await signIns.SignInAsync(body.Name?.Trim() ?? "", body.Password ?? "") ? TypedResults.NoContent() : TypedResults.Unauthorized();
}
