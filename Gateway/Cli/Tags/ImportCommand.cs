using System.CommandLine;
using PatchEdge.Gateway.Acquisition;
using PatchEdge.Gateway.Options;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Tags;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Model;

namespace PatchEdge.Gateway.Cli.Tags;

/// <summary><c>tags import FILE</c>: compares a table with the plant, checks it at the live servers, and writes only when all is well.</summary>
internal static class ImportCommand
{
    private const int MostShown = 40;

    public static Command Create()
    {
        var file = new Argument<FileInfo>("FILE") { Description = "CSV with at least the headings line and tag, as 'tags export' and 'tags select' write it." };
        var directory = TagsCommand.Directory();
        var dry = new Option<bool>("--dry-run") { Description = "Check and compare, write nothing." };
        var offline = new Option<bool>("--offline") { Description = "Do not ask the servers." };
        var remove = new Option<bool>("--remove-missing") { Description = "Remove tags that the file does not have; they stay without this." };
        var command = new Command("import", "Brings the plant's tags to what a CSV file says.") { file, directory, dry, offline, remove };
        command.SetAction(async (parsed, cancel) =>
        {
            var (source, folder) = (parsed.GetValue(file)!, parsed.GetValue(directory)!);
            var plantFile = Path.Combine(folder.FullName, PlantFile.FileName);
            var plant = PlantDocument.Open(plantFile);
            var table = TagTableReader.Read(source.ToString());
            var plan = TagImport.Plan(plant, table, parsed.GetValue(remove));
            Show(plan);
            if (parsed.GetValue(offline))
                Console.WriteLine("The servers were not asked (--offline): whether the nodes are there is not known.");
            else if (await CheckAsync(plan, table, folder.FullName, plantFile, cancel).ConfigureAwait(false) is > 0 and var problems)
                return Refuse(problems);
            if (plan.IsEmpty)
                Console.WriteLine("Nothing to change.");
            else if (parsed.GetValue(dry))
                Console.WriteLine("Nothing was written (--dry-run).");
            else
                Write(plan, plant, folder.FullName, plantFile);
            return ExitCodes.Success;
        });
        return command;
    }

    private static int Refuse(int problems)
    {
        Console.Error.WriteLine($"{problems} problem(s): nothing was written. Correct them, or say --offline to import without asking the servers.");
        return ExitCodes.Problem;
    }

    private static void Show(TagImport plan)
    {
        Tell("added", [.. plan.Added.Select(tag => $"+ {tag.Name}  {tag.Node}  {tag.DataType}")]);
        Tell("changed", [.. plan.Changed.Select(pair => $"~ {pair.After.Name}  {string.Join(", ", TagText.Differences(pair.Before, pair.After).Select(column => $"{column.Heading()}: {Shown(pair.Before, column)} → {Shown(pair.After, column)}"))}")]);
        Tell("removed", [.. plan.Removed.Select(tag => $"- {tag.Name}")]);
        Tell("moved", plan.Moved);
        if (plan.Kept.Length > 0)
            Console.WriteLine($"{plan.Kept.Length} tags of the plant are not in the file and stay as they are; --remove-missing takes them out.");
    }

    private static string Shown(Tag tag, TagColumn column) => TagText.Setting(tag, column) is { Length: > 0 } text ? text : "none";

    private static void Tell(string what, IReadOnlyCollection<string> lines)
    {
        if (lines.Count > 0)
            Console.WriteLine($"{lines.Count} {what}:");
        foreach (var line in lines.Take(MostShown))
            Console.WriteLine("  " + Printable.Line(line));
        if (lines.Count > MostShown)
            Console.WriteLine($"  … and {lines.Count - MostShown} more");
    }

    /// <summary>Asks each server of this gateway about the tags of the file; returns the number of problems.</summary>
    private static async Task<int> CheckAsync(TagImport plan, TagTable table, string folder, string plantFile, CancellationToken cancel)
    {
        var configuration = GatewayConfiguration.Load(folder);
        configuration = configuration with { Plant = plan.Document.Model, Table = SourceTable.Build(plan.Document.Model, configuration.Options.Name, plantFile) };
        var rows = table.Rows.DistinctBy(row => row.Name).ToDictionary(row => row.Name, StringComparer.Ordinal);
        var problems = 0;
        for (var server = 0; server < configuration.Table.Servers.Length; server++)
        {
            var name = configuration.Table.Servers[server].Name;
            if (!configuration.Table.Tags.Any(tag => rows.ContainsKey(tag.Name) && tag.Servers.Contains(name)))
                continue;
            var found = new List<string>();
            var check = new ServerCheck(server, configuration.Table, found)
            {
                Concerns = tag => rows.ContainsKey(tag.Name),
                Naming = tag => $"{rows[tag.Name].File}:{rows[tag.Name].Line}: {tag.Name}",
                RefuseSlowSampling = true,
            };
            await CheckCommand.RunAsync(check, server, configuration, found, cancel).ConfigureAwait(false);
            problems += found.Count;
        }

        var unwatched = plan.Document.Model.Tags.Count(tag => rows.ContainsKey(tag.Name) && !configuration.Table.SourcesOfTag.ContainsKey(tag.Name));
        if (unwatched > 0)
            Console.WriteLine($"{unwatched} tags of the file are at servers that gateway {configuration.Options.Name} does not watch: they were not asked about.");
        return problems;
    }

    /// <summary>The table first: a reader between the two writes finds tags twice and refuses, it never misses one.</summary>
    private static void Write(TagImport plan, PlantDocument before, string folder, string plantFile)
    {
        var tablePath = before.TablePath ?? Path.Combine(folder, TagImport.UsualTable);
        if (before.TablePath is null && plan.TableContent is not null && File.Exists(tablePath))
            throw new UsageException($"{tablePath} exists, but {plantFile} does not name it: write 'tags-file: {TagImport.UsualTable}' into the plant file to use it, or move it away.");
        if (PlantDocument.Open(plantFile) is var now && (now.Text != before.Text || now.Model.Hash != before.Model.Hash))
            throw new UsageException($"{plantFile} or its table was changed while the servers were asked: import again.");
        if (plan.TableContent is { } content)
            FileReplacement.Write(tablePath, content);
        if (plan.PlantContent is { } text)
            FileReplacement.Write(plantFile, text);
        Console.WriteLine(Printable.Line($"Written: {string.Join(" and ", new[] { plan.TableContent is null ? null : tablePath, plan.PlantContent is null ? null : plantFile }.OfType<string>())}. Hash {plan.Document.Model.Hash[..12]}."));
    }
}
