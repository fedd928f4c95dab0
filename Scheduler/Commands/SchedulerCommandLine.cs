using System.CommandLine;
using PatchEdge.Plant.Files;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Commands;

/// <summary><c>patchedge-scheduler</c>: names its commands and turns what they throw into messages and exit codes.</summary>
internal static class SchedulerCommandLine
{
    private static readonly Option<DirectoryInfo> Config = new("--config", "-c")
    {
        Description = "Directory that holds scheduler.yaml and plant.yaml",
        DefaultValueFactory = _ => new DirectoryInfo("config"),
        HelpName = "DIR",
        Recursive = true,
    };

    private static readonly Option<string> Person = new("--as")
    {
        Description = "Who you are, for the record; to sign, the name of your account at the console",
        DefaultValueFactory = _ => Environment.UserName,
        HelpName = "NAME",
        Recursive = true,
    };

    /// <summary>The configuration directory that the command line names.</summary>
    public static string Directory(ParseResult parsed) => parsed.GetRequiredValue(Config).FullName;

    /// <summary>Who uses it, by their own word.</summary>
    public static string Who(ParseResult parsed) => parsed.GetRequiredValue(Person);

    /// <summary>The running scheduler of that directory.</summary>
    public static LocalApi Api(ParseResult parsed) => LocalApi.Open(Directory(parsed), Who(parsed));

    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Releases patches to hosts whose lines are proven idle, and records why.") { Config, Person, RunCommand.Create() };
        foreach (var command in JobCommands.Create().Concat(SigningCommands.Create()).Concat(SiteCommands.Create())
            .Concat([PlanCommands.Create(), CampaignCommands.Create(), CalendarCommands.Create(), TrainingCommands.Create(), AccountCommands.Create(), LedgerCommands.Create(), PackCommands.Create()]))
            root.Subcommands.Add(command);
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                await Console.Error.WriteLineAsync($"patchedge-scheduler: {error.Message}");
            await Console.Error.WriteLineAsync("Run 'patchedge-scheduler --help' to see what there is.");
            return ExitCodes.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (ConfigurationException exception)
        {
            foreach (var error in exception.Errors)
                await Console.Error.WriteLineAsync(error.ToString());
            return ExitCodes.Usage;
        }
        catch (CommandException exception)
        {
            await Console.Error.WriteLineAsync($"patchedge-scheduler: {exception.Message}");
            return exception.Code;
        }
        catch (SchemaException exception)
        {
            await Console.Error.WriteLineAsync($"patchedge-scheduler: {exception.Message}");
            return ExitCodes.Usage;
        }
        catch (Exception exception) when (exception is Execution.RecordException or UnauthorizedAccessException || DatabaseFault.Is(exception))
        {
            await Console.Error.WriteLineAsync($"patchedge-scheduler: {NotDone(exception)}");
            return ExitCodes.Problem;
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Interrupted;
        }
    }

    /// <summary>What the disk or the database did not let it do, and where to look.</summary>
    private static string NotDone(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
            if (cause is Npgsql.NpgsqlException or TimeoutException)
                return $"the database cannot be used: {DatabaseFault.Reason(exception).TrimEnd('.')}. See 'database' in scheduler.yaml, and whether its server runs and lets this user in";
        return exception switch
        {
            Execution.RecordException => $"its start cannot be put on record: {exception.Message.TrimEnd('.')}. See that the data directory has room and can be written, then start it again",
            IOException or UnauthorizedAccessException => $"{exception.Message.TrimEnd('.')}. See that there is room and that it can be written, then try again",
            _ => $"its database cannot be used: {DatabaseFault.Reason(exception).TrimEnd('.')}. See that the data directory has room and can be written, then try again",
        };
    }
}
