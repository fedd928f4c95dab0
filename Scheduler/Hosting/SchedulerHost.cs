using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Access.Accounts;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Continuity;
using PatchEdge.Scheduler.Execution.Permits;
using PatchEdge.Scheduler.Ledger.Heads;
using PatchEdge.Scheduler.Features.Accounts;
using PatchEdge.Scheduler.Features.Calendar;
using PatchEdge.Scheduler.Features.Campaigns;
using PatchEdge.Scheduler.Features.EmergencyStop;
using PatchEdge.Scheduler.Features.Health;
using PatchEdge.Scheduler.Features.Hosts;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Features.Lines;
using PatchEdge.Scheduler.Features.Records;
using PatchEdge.Scheduler.Features.Waivers;
using PatchEdge.Scheduler.Shell;
using PatchEdge.Scheduler.Storage;
using PatchEdge.Scheduler.Storage.Lease;
using PatchEdge.Scheduler.Training;

namespace PatchEdge.Scheduler.Hosting;

/// <summary>Builds the scheduler: services, then the database, then the endpoints of every slice.</summary>
internal static partial class SchedulerHost
{
    private const int LargestBody = 64 * 1024;
    private const int MostConnections = 1_000;

    /// <remarks>The caller holds <paramref name="data"/> and lets go of it after the application has ended.</remarks>
    /// <exception cref="Plant.Files.ConfigurationException">A secret, a key or a calendar cannot be used.</exception>
    /// <exception cref="SchemaException">The database is not for this program.</exception>
    public static async Task<WebApplication> BuildAsync(
        SchedulerOptions options, PlantModel plant, DataDirectory data, TimeProvider time, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(SchedulerHost).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.WebHost.UseUrls(options.Listen);
        var certificate = options.Tls?.Load();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = certificate);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LargestBody;
            kestrel.Limits.MaxConcurrentConnections = MostConnections;
            kestrel.Limits.MaxConcurrentUpgradedConnections = MostConnections / 2;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        });
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        });
        // We say ourselves where we listen, once everything that is needed to use it has been written.
        builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        // Pages' files lie beside the program when it was published, and where the build put them when it was not.
        builder.WebHost.UseStaticWebAssets();
        // What the database refuses is told by whoever asked it, once.
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.Critical);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddFilter("Quartz", LogLevel.Warning);
        // The keys lie in the data directory, which only its owner can enter.
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        builder.Services.AddScheduler(options, plant, data, time);

        var app = builder.Build();
        try
        {
            await PrepareStorageAsync(app.Services, options, data, cancellation);
            ReadCalendars(app.Services.GetRequiredService<CalendarShelf>());
            ReadTraining(app.Services.GetRequiredService<TrainingShelf>());
        }
        catch
        {
            // Nobody else can: whatever it has opened is let go of with it.
            await app.DisposeAsync();
            throw;
        }

        app.UseConsole();
        app.MapConsole();
        app.MapOpenApi("/api/openapi.json").RequireAuthorization(Policies.View);
        app.MapHealth();
        app.MapSession();
        var api = app.MapGroup("/api");
        api.MapJobs();
        api.MapCampaigns();
        api.MapWaivers();
        api.MapEmergencyStop();
        api.MapCalendar();
        api.MapTraining();
        api.MapLedger();
        api.MapPacks();
        api.MapAccounts();
        api.MapGet("/lines", (LineQueries lines) => lines.List().ToArray()).RequireAuthorization(Policies.View).WithTags("Plant").WithSummary("Every line as proven now.");
        api.MapGet("/hosts", (HostQueries hosts) => hosts.Hosts().ToArray()).RequireAuthorization(Policies.View).WithTags("Plant").WithSummary("Every host as its agent shows it now.");
        api.MapGet("/gateways", (HostQueries hosts) => hosts.Gateways().ToArray()).RequireAuthorization(Policies.View).WithTags("Plant").WithSummary("Every gateway as it shows itself now.");
        app.Lifetime.ApplicationStarted.Register(() =>
        {
            var address = WriteAddress(app, data);
            app.Services.GetRequiredService<ConsoleAddress>().Listens(address);
            Listening(app.Logger, address);
        });
        return app;
    }

    private static async Task PrepareStorageAsync(IServiceProvider services, SchedulerOptions options, DataDirectory data, CancellationToken cancellation)
    {
        await using var scope = services.CreateAsyncScope();
        await using var db = await services.GetRequiredService<IDbContextFactory<SchedulerDb>>().CreateDbContextAsync(cancellation);
        await using var continuity = await services.GetRequiredService<IDbContextFactory<ContinuityDb>>().CreateDbContextAsync(cancellation);
        var accounts = scope.ServiceProvider.GetRequiredService<AccountsDb>();
        await services.GetRequiredService<StoragePlace>().PrepareAsync(
            db, continuity, accounts, () => FirstAdministrator.PrepareAsync(services, Console.Out, cancellation), cancellation);
        if (options.Database is null)
            await Schema.WriteAheadAsync(data.AlarmClock, cancellation);
        else
            await SharedKey.CheckAsync(db, services.GetRequiredService<PermitSigner>(), options, cancellation);
    }

    /// <summary>At the start a broken calendar is a broken configuration; later it only keeps windows shut.</summary>
    private static void ReadCalendars(CalendarShelf calendars)
    {
        calendars.Refresh();
        if (calendars.Current.Errors is { Length: > 0 } errors)
            throw new Plant.Files.ConfigurationException(errors);
    }

    /// <inheritdoc cref="ReadCalendars"/>
    private static void ReadTraining(TrainingShelf training)
    {
        training.Refresh();
        if (training.Current.Errors is { Length: > 0 } errors)
            throw new Plant.Files.ConfigurationException(errors);
    }

    /// <summary>Where the command line finds this scheduler.</summary>
    private static string WriteAddress(WebApplication app, DataDirectory data)
    {
        var bound = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? app.Urls.First();
        var address = new UriBuilder(bound.Replace("//*", "//127.0.0.1", StringComparison.Ordinal).Replace("//+", "//127.0.0.1", StringComparison.Ordinal));
        if (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any)))
            address.Host = ip.Equals(IPAddress.Any) ? "127.0.0.1" : "[::1]";
        File.WriteAllText(data.LocalAddress, address.Uri.ToString());
        return address.Uri.ToString();
    }

    [LoggerMessage(3800, LogLevel.Information, "Now listening on: {Address}")]
    private static partial void Listening(ILogger log, string address);
}
