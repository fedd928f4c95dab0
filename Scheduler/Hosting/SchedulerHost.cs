using Microsoft.AspNetCore.Authentication;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection.Extensions;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Hosting;

/// <summary>Builds the scheduler: every slice registers its services here, and maps its endpoints.</summary>
internal static class SchedulerHost
{
    /// <remarks>The caller holds <paramref name="data"/> and lets go of it after the application has ended.</remarks>
    public static async Task<WebApplication> BuildAsync(SchedulerOptions options, DataDirectory data, TimeProvider time, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = typeof(SchedulerHost).Assembly.GetName().Name });
        builder.WebHost.UseUrls(options.Listen);
        builder.Services.AddSystemd();
        builder.Services.AddWindowsService(service => service.ServiceName = "PatchEdge Scheduler");
        builder.Services.TryAddSingleton(time);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(data);
        builder.Services.AddDbContextFactory<SchedulerDb>(db => db
            .UseSqlite($"Data Source={data.Database}")
            .AddInterceptors(new DurablePragmas()));
        builder.Services.AddSingleton(LocalToken.WriteNew(data));
        builder.Services.AddAuthentication(LocalToken.Scheme)
            .AddScheme<AuthenticationSchemeOptions, LocalTokenHandler>(LocalToken.Scheme, null);
        builder.Services.AddAuthorization(Policies.Configure);
        builder.Services.AddOpenApi();

        var app = builder.Build();
        await using (var db = await app.Services.GetRequiredService<IDbContextFactory<SchedulerDb>>().CreateDbContextAsync(cancellation))
            await Schema.PrepareAsync(db, data.Database, cancellation);

        app.UseAuthentication();
        app.UseAuthorization();
        app.MapOpenApi("/api/openapi.json");
        return app;
    }
}
