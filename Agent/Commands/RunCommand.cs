using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PatchEdge.Agent.Configuration;
using PatchEdge.Agent.Service;
using PatchEdge.Agent.State;

namespace PatchEdge.Agent.Commands;

/// <summary><c>run</c>: the agent itself, on a console, under systemd or as a Windows service.</summary>
internal static class RunCommand
{
    /// <summary>What is left for closing the connection after a step was cut off.</summary>
    private static readonly TimeSpan Leave = TimeSpan.FromSeconds(15);

    public static Command Create()
    {
        var config = ConfigOption.Create();
        var command = new Command("run", "Run the agent until it is stopped.") { config };
        command.SetAction((parsed, stop) => ConfigOption.GuardAsync(() => RunAsync(parsed.GetRequiredValue(config), stop)));
        return command;
    }

    private static async Task<int> RunAsync(string path, CancellationToken stop)
    {
        var (configuration, identity, procedures) = ConfigOption.Load(path);
        using var store = StateStore.Open(configuration.Data, configuration.Site, configuration.Host);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "patchedge-agent" });
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.UseUtcTimestamp = true;
        });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Services.AddSystemd();
        builder.Services.AddWindowsService(service => service.ServiceName = "patchedge-agent");
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = configuration.Timings.StopWait + Leave);
        builder.Services.AddSingleton<IHostedService>(services =>
            new AgentService(configuration, identity, procedures, store, TimeProvider.System, services.GetRequiredService<ILoggerFactory>()));
        using var host = builder.Build();
        await host.RunAsync(stop);
        return ConfigOption.Fine;
    }
}
