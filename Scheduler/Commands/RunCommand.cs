using System.CommandLine;
using PatchEdge.Plant.Files;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Hosting;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Commands;

/// <summary><c>run</c>: the service itself, on a console, under systemd or as a Windows service.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var newKey = new Option<bool>("--accept-new-key") { Description = "The signing key was changed on purpose: start although another one signed the shared database's ledger so far" };
        var command = new Command("run", "Run the scheduler until it is stopped.") { newKey };
        command.SetAction(async (parsed, cancellation) =>
        {
            var options = SchedulerFile.Read(SchedulerCommandLine.Directory(parsed)) with { AcceptsNewKey = parsed.GetValue(newKey) };
            var plant = PlantFile.Read(options.Plant);
            using var data = DataDirectory.Take(options.Data);
            await using var app = await SchedulerHost.BuildAsync(options, plant, data, TimeProvider.System, cancellation);
            await app.RunAsync(cancellation);
            return ExitCodes.Success;
        });
        return command;
    }
}
