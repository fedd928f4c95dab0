using System.CommandLine;
using PatchEdge.Agent.Configuration;
using PatchEdge.Agent.Permits;
using PatchEdge.Agent.Procedures;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Agent.Commands;

/// <summary>What every command begins with: the configuration, read whole, with every error told.</summary>
internal static class ConfigOption
{
    public const int Fine = 0;
    public const int Problem = 1;
    public const int Misuse = 2;

    public static Option<string> Create() => new("--config", "-c")
    {
        Description = "agent.yaml, or the directory that holds it",
        Required = true,
    };

    /// <summary>Reads agent.yaml, the key and the procedures, collecting the errors of all three.</summary>
    /// <exception cref="ConfigurationException">With every error.</exception>
    public static (AgentConfiguration Configuration, AgentIdentity Identity, ProcedureShelf Procedures) Load(string path)
    {
        var configuration = AgentConfigurationFile.Read(path);
        var errors = new List<ConfigurationError>();
        T? Collect<T>(Func<T> read)
            where T : class
        {
            try
            {
                return read();
            }
            catch (ConfigurationException exception)
            {
                errors.AddRange(exception.Errors);
                return null;
            }
        }

        var identity = Collect(() => AgentIdentity.Create(configuration.Site, configuration.Host, configuration.SchedulerKey));
        var procedures = Collect(() => ProcedureShelf.Load(configuration.Procedures, configuration.ActsFor));
        if (configuration.FleetLock is null && procedures?.All.FirstOrDefault(procedure => procedure.Steps.Any(step => step.FleetLock)) is { } locked)
            errors.Add(new ConfigurationError(Directory.Exists(path) ? Path.Combine(path, AgentConfiguration.FileName) : path, 0, "fleet-lock", null, $"procedure '{locked.Name}' waits for a FleetLock client, and none is configured: add fleet-lock with its client-id to agent.yaml"));
        if (configuration.Broker.PasswordFile is { } password)
            Collect(() => SecretFile.ReadText(password));
        return errors.Count == 0 ? (configuration, identity!, procedures!) : throw new ConfigurationException(errors);
    }

    /// <summary>Runs a command's work; what the configuration or the data directory refuse goes to standard error, one line each.</summary>
    public static async Task<int> GuardAsync(Func<Task<int>> work)
    {
        try
        {
            return await work();
        }
        catch (ConfigurationException exception)
        {
            foreach (var error in exception.Errors)
                await Console.Error.WriteLineAsync(error.ToString());
            return Misuse;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(Printable.Line(exception.Message));
            return Problem;
        }
    }
}
