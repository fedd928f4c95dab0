using System.CommandLine;

namespace PatchEdge.Agent.Commands;

/// <summary><c>check</c>: reads everything and touches nothing.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var config = ConfigOption.Create();
        var command = new Command("check", "Check the configuration, the scheduler's key and the procedures.") { config };
        command.SetAction((parsed, _) => ConfigOption.GuardAsync(async () =>
        {
            var (configuration, identity, procedures) = ConfigOption.Load(parsed.GetRequiredValue(config));
            await Console.Out.WriteLineAsync(
                $"host {configuration.Host} of site {configuration.Site}, broker {configuration.Broker.Url}, {procedures.All.Count()} procedures, scheduler's key {identity.PinnedKey()}");
            return ConfigOption.Fine;
        }));
        return command;
    }
}
