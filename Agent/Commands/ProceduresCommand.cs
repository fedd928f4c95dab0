using System.CommandLine;
using PatchEdge.Agent.Configuration;
using PatchEdge.Agent.Procedures;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Agent.Commands;

/// <summary><c>procedures</c>: what is installed, with the digests that approvals name.</summary>
internal static class ProceduresCommand
{
    public static Command Create()
    {
        var config = ConfigOption.Create();
        var command = new Command("procedures", "List the installed procedures with their digests and steps.") { config };
        command.SetAction((parsed, _) => ConfigOption.GuardAsync(async () =>
        {
            var configuration = AgentConfigurationFile.Read(parsed.GetRequiredValue(config));
            foreach (var procedure in ProcedureShelf.Load(configuration.Procedures, configuration.ActsFor).All)
            {
                await Console.Out.WriteLineAsync($"{procedure.Name} {procedure.Digest()} (at most {Durations.Format(procedure.Longest)})");
                foreach (var step in procedure.Steps)
                    await Console.Out.WriteLineAsync("  " + Describe(step));
                foreach (var step in procedure.Rollback)
                    await Console.Out.WriteLineAsync("  back: " + Describe(step));
            }

            return ConfigOption.Fine;
        }));
        return command;
    }

    private static string Describe(Step step)
    {
        string[] marks =
        [
            .. step.Irreversible ? ["irreversible"] : Array.Empty<string>(),
            .. step.Reboot ? ["reboot"] : Array.Empty<string>(),
            .. step.Repeatable ? ["repeatable"] : Array.Empty<string>(),
            .. step.Undoes is { } undoes ? ["undoes " + undoes] : Array.Empty<string>(),
        ];
        var words = step.Webhook is { } webhook ? "POST " + webhook.Url
            : step.FleetLock ? "restart by the FleetLock client" : string.Join(' ', step.Command.Select(word => word.Contains(' ') ? $"'{word}'" : word));
        return Printable.Line($"{step.Name}: {words} [{string.Join(", ", marks.Append("within " + Durations.Format(step.Timeout)))}]");
    }
}
