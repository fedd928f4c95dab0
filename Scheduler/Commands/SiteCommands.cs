using System.CommandLine;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Features.Jobs;

namespace PatchEdge.Scheduler.Commands;

/// <summary><c>stop</c> and <c>resume</c>.</summary>
internal static class SiteCommands
{
    public static IEnumerable<Command> Create() =>
    [
        Stop("stop", "Press the emergency stop: no new permits and no go-aheads.", "api/emergency-stop"),
        Stop("resume", "Release the emergency stop.", "api/emergency-stop/resume"),
    ];

    private static Command Stop(string name, string description, string path)
    {
        var reason = new Option<string>("--reason") { Description = "Why, for the record", HelpName = "TEXT" };
        var command = new Command(name, description) { reason };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var api = SchedulerCommandLine.Api(parsed);
            return await JobCommands.SayAsync(await api.PostAsync(path, new ReasonRequest(parsed.GetValue(reason)), ApiJson.Default.ReasonRequest, cancellation));
        });
        return command;
    }
}
