using Microsoft.AspNetCore.Antiforgery;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Features.Accounts;
using PatchEdge.Scheduler.Features.Calendar;
using PatchEdge.Scheduler.Features.Overview;
using PatchEdge.Scheduler.Features.Records;

namespace PatchEdge.Scheduler.Shell;

/// <summary>The web console: its services, its place in the pipeline, its pages.</summary>
internal static class ConsoleHosting
{
    private const int LargestMessage = 32 * 1024;

    public static void AddConsole(this IServiceCollection services)
    {
        services.AddSingleton<SiteQueries>();
        services.AddSingleton<SiteBoard>();
        services.AddHostedService(provider => provider.GetRequiredService<SiteBoard>());
        services.AddSingleton<LedgerQueries>();
        services.AddSingleton<CalendarQueries>();
        services.AddScoped<Orders>();
        services.AddCascadingAuthenticationState();
        services.AddRazorComponents()
            .AddInteractiveServerComponents(circuits =>
            {
                circuits.DetailedErrors = false;
                circuits.DisconnectedCircuitMaxRetained = 50;
                circuits.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(2);
                circuits.PersistedCircuitInMemoryMaxRetained = 50;
                circuits.PersistedCircuitInMemoryRetentionPeriod = TimeSpan.FromMinutes(10);
                circuits.JSInteropDefaultCallTimeout = TimeSpan.FromSeconds(10);
                circuits.MaxBufferedUnacknowledgedRenderBatches = 10;
            })
            .AddHubOptions(hub => hub.MaximumReceiveMessageSize = LargestMessage);
    }

    /// <summary>Everything between the connection and the endpoints.</summary>
    public static void UseConsole(this WebApplication app)
    {
        app.UseExceptionHandler(failed => failed.Run(context =>
            context.Response.WriteAsync("Something failed here. It is in the scheduler's log; nothing was released by it.")));
        app.UsePageSecurity();
        app.UseWhen(
            context => PageSecurity.IsForPeople(context.Request) && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal),
            pages => pages.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true));
        app.UseRouting();
        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseAuthorization();
        app.UseAntiforgery();
    }

    public static void MapConsole(this WebApplication app)
    {
        app.MapStaticAssets().AllowAnonymous();
        app.MapRazorComponents<App>()
            .AddInteractiveServerRenderMode(server =>
            {
                // Page security says it for every answer; compression beside secrets would let their lengths be measured.
                server.ContentSecurityFrameAncestorsPolicy = null;
                server.DisableWebSocketCompression = true;
            });
        app.MapPost("/sign-out", async (HttpContext context, IAntiforgery antiforgery, SignIns signIns) =>
        {
            if (!await antiforgery.IsRequestValidAsync(context))
                return Results.BadRequest("Refused: the form is not from a page of yours. Reload the page and sign out again.");
            await signIns.SignOutAsync(context.User);
            return Results.LocalRedirect(AccessServices.SignInPath);
        }).ExcludeFromDescription();
    }
}
