using Microsoft.EntityFrameworkCore;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Continuity;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Campaigns;
using PatchEdge.Scheduler.Execution.Clocks;
using PatchEdge.Scheduler.Execution.Holds;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Execution.Permits;
using PatchEdge.Scheduler.Features.Campaigns;
using PatchEdge.Scheduler.Features.Hosts;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Features.Lines;
using PatchEdge.Scheduler.Features.Records;
using PatchEdge.Scheduler.Features.Waivers;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Heads;
using PatchEdge.Scheduler.Ledger.Verification;
using PatchEdge.Scheduler.Ledger.Pack;
using PatchEdge.Scheduler.Messaging;
using PatchEdge.Scheduler.Messaging.Broker;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Shell;
using PatchEdge.Scheduler.Storage;
using PatchEdge.Scheduler.Storage.Lease;
using PatchEdge.Scheduler.Training;
using Quartz;

namespace PatchEdge.Scheduler.Hosting;

/// <summary>Registers every room of the scheduler, in the order in which its services start.</summary>
internal static class SchedulerServices
{
    public static void AddScheduler(this IServiceCollection services, SchedulerOptions options, PlantModel plant, DataDirectory data, TimeProvider time)
    {
        services.AddSystemd();
        services.AddWindowsService(service => service.ServiceName = "PatchEdge Scheduler");
        services.AddSingleton(time);
        services.AddSingleton(options);
        services.AddSingleton(plant);
        services.AddSingleton(data);
        var place = StoragePlace.Of(options);
        services.AddSingleton(_ => place);
        AddStorage(services, options, place, time);
        AddLedger(services, options, data);
        AddPlanning(services, options);
        AddExecution(services);
        AddAlarmClock(services, place, data);
        AddMessaging(services);
        AddSlices(services);
        AddApi(services);
        services.AddConsole();
        services.AddAccess(data, place);
    }

    private static void AddStorage(IServiceCollection services, SchedulerOptions options, StoragePlace place, TimeProvider time)
    {
        var leadership = new Leadership(options.Name, place.Server is not null, time);
        services.AddSingleton(leadership);
        services.AddSingleton(new ConsoleAddress(options.Address));
        services.AddDbContextFactory<SchedulerDb>(db => place.UseScheduler(db, leadership));
        services.AddDbContextFactory<ContinuityDb>(place.UseContinuity);
        if (place.Server is not { } server)
            return;
        var holder = Guid.NewGuid().ToString("N");
        services.AddSingleton(new LeaseStore(server, holder, Schema.Version));
        services.AddSingleton(new CandidateStore(server, options.Name, holder, Schema.Version));
        services.AddSingleton(new SharedConfiguration(options, time));
        services.AddSingleton(provider =>
        {
            var (link, evidence) = (provider.GetRequiredService<AgentLink>(), provider.GetRequiredService<EvidenceBoard>());
            return new PlantReach(() => link.IsConnected && evidence.HearsAnybody(), time);
        });
        services.AddSingleton<LeaseKeeper>();
        services.AddHostedService(provider => provider.GetRequiredService<LeaseKeeper>());
    }

    private static void AddLedger(IServiceCollection services, SchedulerOptions options, DataDirectory data)
    {
        services.AddSingleton<LedgerBook>();
        services.AddSingleton<LedgerHealth>();
        services.AddSingleton(new LedgerAnchors(data.Anchors));
        services.AddSingleton<LedgerWalk>();
        services.AddSingleton(PermitSigner.Open(options.SigningKey));
        services.AddSingleton<HeadKeeper>();
        services.AddSingleton<PackExporter>();
        services.AddSingleton<PackDesk>();
    }

    private static void AddPlanning(IServiceCollection services, SchedulerOptions options)
    {
        services.AddSingleton(provider => new EvidenceBoard(
            provider.GetRequiredService<PlantModel>(), options.ClockLimit, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new CalendarShelf(
            options.Calendars, provider.GetRequiredService<PlantModel>(), provider.GetRequiredService<TimeProvider>(), options.Batches));
        services.AddSingleton(provider => new ClockWatch(options.ClockLimit, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<TrainingShelf>();
        services.AddSingleton<HoldBoard>();
        services.AddSingleton<RunBook>();
        services.AddSingleton<SnapshotTaker>();
        services.AddSingleton<VerdictHistory>();
    }

    /// <remarks>In a cluster the leader's alarm clock runs and every other stands by: an alarm that rings at a follower would wake nobody.</remarks>
    private static void AddAlarmClock(IServiceCollection services, StoragePlace place, DataDirectory data)
    {
        services.AddQuartz(quartz => quartz.UsePersistentStore(store =>
        {
            if (place.Server is { } server)
            {
                store.UsePostgres(Npgsql.NpgsqlFactory.Instance, server.ConnectionString);
                store.UseClustering();
            }
            else
            {
                store.UseSqlite($"Data Source={data.AlarmClock}");
            }

            store.ProvisionSchema();
        }));
        services.AddQuartzHostedService(quartz => (quartz.WaitForJobsToComplete, quartz.AutoStart) = (true, place.Server is null));
    }

    private static void AddExecution(IServiceCollection services)
    {
        services.AddSingleton<RunnerInbox>();
        services.AddSingleton<ChangeSignal>();
        services.AddSingleton<RunMemory>();
        services.AddSingleton<StopSwitch>();
        services.AddSingleton<Recorder>();
        services.AddSingleton<Succession>();
        services.AddSingleton<Relay>();
        services.AddSingleton<AlarmClock>();
        services.AddSingleton<HoldCarrier>();
        services.AddSingleton<LineHolding>();
        services.AddSingleton<Releases>();
        services.AddSingleton<GoAheads>();
        services.AddSingleton<ProgressIntake>();
        services.AddSingleton<FlowBefore>();
        services.AddSingleton<Deadlines>();
        services.AddSingleton<CampaignDesk>();
        services.AddSingleton<OrderDesk>();
        services.AddSingleton<WaiverDesk>();
        services.AddHostedService<Runner>();
    }

    private static void AddMessaging(IServiceCollection services)
    {
        services.AddSingleton<ContinuityIntake>();
        services.AddHostedService(provider => provider.GetRequiredService<ContinuityIntake>());
        services.AddSingleton<AgentLink>();
        services.AddSingleton<Incoming>();
        services.AddSingleton<EmbeddedBrokerHost>();
        services.AddHostedService(provider => provider.GetRequiredService<EmbeddedBrokerHost>());
        services.AddHostedService<SchedulerClient>();
    }

    private static void AddSlices(IServiceCollection services)
    {
        services.AddSingleton<WaiverQueries>();
        services.AddSingleton<JobQueries>();
        services.AddSingleton<PastQueries>();
        services.AddSingleton<CampaignQueries>();
        services.AddSingleton<LineQueries>();
        services.AddSingleton<HostQueries>();
        services.AddSingleton<JobFolder>();
        services.AddHostedService(provider => provider.GetRequiredService<JobFolder>());
    }

    private static void AddApi(IServiceCollection services)
    {
        services.AddOpenApi(ApiDescription.Configure);
        services.ConfigureHttpJsonOptions(http =>
        {
            http.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default);
            http.SerializerOptions.DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull;
            http.SerializerOptions.UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow;
            http.SerializerOptions.MaxDepth = 16;
        });
    }
}
