using System.CommandLine;
using PatchEdge.Agent.Configuration;
using PatchEdge.Agent.State;

namespace PatchEdge.Agent.Commands;

/// <summary><c>settle</c>: a person frees the agent from a run whose end no scheduler will ever acknowledge.</summary>
internal static class SettleCommand
{
    public static Command Create()
    {
        var config = ConfigOption.Create();
        var name = new Option<string>("--run") { Description = "The ended run, by its name", Required = true };
        var command = new Command("settle", "Stop telling an ended run, when the scheduler that should acknowledge it is gone; the agent must be stopped.") { config, name };
        command.SetAction((parsed, _) => ConfigOption.GuardAsync(async () =>
        {
            var configuration = AgentConfigurationFile.Read(parsed.GetRequiredValue(config));
            using var store = StateStore.Open(configuration.Data, configuration.Site, configuration.Host);
            var refusal = store.Fault
                ?? (store.Current?.Pending is not { } run ? "No run waits for its acknowledgement."
                    : run.Run != parsed.GetRequiredValue(name) ? $"The run that waits is '{run.Run}'."
                    : !run.IsOver ? $"Run '{run.Run}' has not ended: start the agent, which resumes it or declares it unknown."
                    : null);
            if (refusal is not null)
            {
                await Console.Error.WriteLineAsync(refusal);
                return ConfigOption.Problem;
            }

            store.Save(store.Current! with { Run = store.Current.Run! with { Acknowledged = true } });
            await Console.Out.WriteLineAsync($"Run '{store.Current.Run.Run}' ({store.Current.Run.Progress.Phase}) is settled.");
            return ConfigOption.Fine;
        }));
        return command;
    }
}
