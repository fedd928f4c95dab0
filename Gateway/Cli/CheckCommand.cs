using System.CommandLine;
using PatchEdge.Gateway.Acquisition;
using PatchEdge.Gateway.Options;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Gateway.Cli;

/// <summary><c>check --config DIR</c>: the configuration, then every tag of it at the live servers.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var directory = new Option<DirectoryInfo>("--config") { Description = "Directory of plant.yaml and gateway.yaml.", Required = true };
        var offline = new Option<bool>("--offline") { Description = "Check the files only." };
        var expand = new Option<bool>("--expand") { Description = "Print the plant as one file, templates and tables of tags worked in, and nothing else." };
        var command = new Command("check", "Checks the configuration, and every tag at the live servers.") { directory, offline, expand };
        command.SetAction(async (parsed, cancel) =>
        {
            if (parsed.GetValue(expand))
            {
                Console.Write(PlantDocument.Open(Path.Combine(parsed.GetValue(directory)!.FullName, PlantFile.FileName)).Expanded());
                return ExitCodes.Success;
            }

            var configuration = GatewayConfiguration.Load(parsed.GetValue(directory)!.FullName);
            var table = configuration.Table;
            Console.WriteLine($"Configuration is valid: gateway {configuration.Options.Name}, {table.Servers.Length} servers, {table.SourcesOfTag.Count} tags, hash {configuration.Plant.Hash[..12]}.");
            if (parsed.GetValue(offline))
                return ExitCodes.Success;
            var problems = 0;
            for (var server = 0; server < table.Servers.Length; server++)
                problems += await CheckServerAsync(server, configuration, cancel).ConfigureAwait(false);
            Console.WriteLine(problems == 0 ? "No problems." : $"{problems} problem(s).");
            return problems == 0 ? ExitCodes.Success : ExitCodes.Problem;
        });
        return command;
    }

    private static async Task<int> CheckServerAsync(int server, GatewayConfiguration configuration, CancellationToken cancel)
    {
        var problems = new List<string>();
        await RunAsync(new ServerCheck(server, configuration.Table, problems), server, configuration, problems, cancel).ConfigureAwait(false);
        return problems.Count;
    }

    /// <summary>Runs a check and prints what it found; a server that cannot be reached is a problem among the others.</summary>
    public static async Task RunAsync(ServerCheck check, int server, GatewayConfiguration configuration, List<string> problems, CancellationToken cancel)
    {
        var place = configuration.Table.Servers[server];
        try
        {
            var options = ServerConnection.OptionsFor(place, configuration, new CertificateStore(configuration.Options.Pki, TimeProvider.System), TimeProvider.System);
            await check.RunAsync(options, cancel).ConfigureAwait(false);
        }
        catch (UaException exception)
        {
            problems.Add($"server {place.Name}: {place.Url}: {exception.Message}");
        }

        foreach (var note in check.Notes)
            Console.WriteLine(Printable.Line(note));
        foreach (var problem in problems)
            Console.WriteLine(Printable.Line(problem));
    }
}
