using System.CommandLine;
using PatchEdge.Agent.Configuration;
using PatchEdge.Agent.State;

namespace PatchEdge.Agent.Commands;

/// <summary><c>reset-state</c>: a person replaces damaged state, and answers for the token.</summary>
internal static class ResetStateCommand
{
    public static Command Create()
    {
        var config = ConfigOption.Create();
        var token = new Option<long>("--highest-token")
        {
            Description = "Highest token that the scheduler's ledger ever issued to this host; no permit with it or a lower one will be accepted",
            Required = true,
        };
        token.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<long>() < 0)
                result.AddError("--highest-token cannot be negative: it is a number from the scheduler's ledger");
        });
        var command = new Command("reset-state", "Replace the stored state after it was damaged; the agent must be stopped.") { config, token };
        command.SetAction((parsed, _) => ConfigOption.GuardAsync(async () =>
        {
            var configuration = AgentConfigurationFile.Read(parsed.GetRequiredValue(config));
            var highest = parsed.GetRequiredValue(token);
            if (StateStore.Peek(configuration.Data, out var fault) is { } sound && fault is null)
            {
                await Console.Error.WriteLineAsync($"The state is sound (highest token {sound.HighestToken}); it is not replaced.");
                return ConfigOption.Problem;
            }

            StateStore.Reset(configuration.Data, configuration.Site, configuration.Host, highest, TimeProvider.System.GetUtcNow());
            await Console.Out.WriteLineAsync($"New state with highest token {highest}; what was there stands beside it.");
            return ConfigOption.Fine;
        }));
        return command;
    }
}
