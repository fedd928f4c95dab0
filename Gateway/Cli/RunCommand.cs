using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PatchEdge.Gateway.Options;

namespace PatchEdge.Gateway.Cli;

/// <summary><c>run --config DIR</c>: the gateway itself, in the foreground, under systemd or as a Windows service.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var directory = new Option<DirectoryInfo>("--config") { Description = "Directory of plant.yaml and gateway.yaml.", Required = true };
        var command = new Command("run", "Runs the gateway until it is stopped.") { directory };
        command.SetAction((parsed, cancel) => RunAsync(GatewayConfiguration.Load(parsed.GetValue(directory)!.FullName), cancel));
        return command;
    }

    private static async Task<int> RunAsync(GatewayConfiguration configuration, CancellationToken cancel)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true, ContentRootPath = configuration.Directory });
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        });
        builder.Logging.SetMinimumLevel(Environment.GetEnvironmentVariable("PATCHEDGE_LOG") == "debug" ? LogLevel.Debug : LogLevel.Information);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        // A failed start is told once, in the words of whoever failed.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        builder.Services.AddSystemd();
        builder.Services.AddWindowsService();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(configuration);
        builder.Services.AddHostedService<GatewayService>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(20));
        using var host = builder.Build();
        await host.RunAsync(cancel).ConfigureAwait(false);
        return Environment.ExitCode;
    }
}
