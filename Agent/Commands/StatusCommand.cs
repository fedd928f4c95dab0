using System.CommandLine;
using PatchEdge.Agent.Configuration;
using PatchEdge.Agent.State;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Agent.Commands;

/// <summary><c>status</c>: what is stored on disk, whether or not the agent runs.</summary>
internal static class StatusCommand
{
    public static Command Create()
    {
        var config = ConfigOption.Create();
        var command = new Command("status", "Show the stored token and run.") { config };
        command.SetAction((parsed, _) => ConfigOption.GuardAsync(async () =>
        {
            var configuration = AgentConfigurationFile.Read(parsed.GetRequiredValue(config));
            var state = StateStore.Peek(configuration.Data, out var fault);
            if (fault is not null)
            {
                await Console.Error.WriteLineAsync(Printable.Line(fault));
                return ConfigOption.Problem;
            }

            await Console.Out.WriteLineAsync($"host {configuration.Host} of site {configuration.Site}: highest token {state?.HighestToken ?? 0}");
            if (state?.Run is not { } run)
                await Console.Out.WriteLineAsync("no run yet");
            else
                await Console.Out.WriteLineAsync(Printable.Line(
                    $"run {run.Run}, token {run.Token}, procedure {run.Procedure.Name}: {run.Progress.Phase} {run.Progress.Step} at {run.Progress.At:yyyy-MM-dd HH:mm:ss}Z, "
                    + (run.IsSettled ? "acknowledged" : run.IsOver ? "not acknowledged by the scheduler yet" : "under way")));
            return ConfigOption.Fine;
        }));
        return command;
    }
}
