using System.CommandLine;
using PatchEdge.Gateway.Cli.Continuity;
using PatchEdge.Gateway.Cli.Servers;
using PatchEdge.Gateway.Cli.Tags;
using PatchEdge.Gateway.Journal;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Gateway.Cli;

/// <summary>The command line.</summary>
internal static class GatewayCommands
{
    /// <summary>After a signal: the gateway writes what it has taken in, says goodbye to servers and broker, and only then ends.</summary>
    private static readonly TimeSpan TerminationTimeout = TimeSpan.FromSeconds(30);

    public static async Task<int> RunAsync(string[] arguments)
    {
        var root = new RootCommand("Watches equipment over OPC UA and proves, for every tag and moment, whether it was watching.")
        {
            RunCommand.Create(),
            CheckCommand.Create(),
            EndpointsCommand.Create(),
            BrowseCommand.Create(),
            ReadCommand.Create(),
            SubscribeCommand.Create(),
            ContinuityCommand.Create(),
            TagsCommand.Create(),
        };
        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                await Console.Error.WriteLineAsync(Printable.Line(error.Message)).ConfigureAwait(false);
            await Console.Error.WriteLineAsync("Say --help behind a command to see how it is used.").ConfigureAwait(false);
            return ExitCodes.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TerminationTimeout }).ConfigureAwait(false);
        }
        catch (ConfigurationException exception)
        {
            foreach (var error in exception.Errors)
                await Console.Error.WriteLineAsync(error.ToString()).ConfigureAwait(false);
            return ExitCodes.Usage;
        }
        catch (UsageException exception)
        {
            await Console.Error.WriteLineAsync(Printable.Line(exception.Message)).ConfigureAwait(false);
            return ExitCodes.Usage;
        }
        catch (Exception exception) when (exception is UaException or JournalException)
        {
            await Console.Error.WriteLineAsync(Printable.Line(exception.Message)).ConfigureAwait(false);
            return ExitCodes.Problem;
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Interrupted;
        }
    }
}
