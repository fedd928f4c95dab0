using System.CommandLine;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Tags;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Gateway.Cli.Tags;

/// <summary><c>tags export</c>: every tag of the plant with all its settings, inherited ones too, as CSV.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var directory = TagsCommand.Directory();
        var output = new Option<FileInfo?>("--out") { Description = "File to write; standard output without it." };
        var line = new Option<string?>("--line") { Description = "Tags of this line only." };
        var server = new Option<string?>("--server") { Description = "Tags that this server offers only." };
        var excel = new Option<bool>("--excel") { Description = "Write as Excel opens it by a double click: byte order mark, semicolons, CRLF." };
        var command = new Command("export", "Writes the plant's tags as CSV.") { directory, output, line, server, excel };
        command.SetAction(async (parsed, cancel) =>
        {
            var plant = PlantDocument.Open(Path.Combine(parsed.GetValue(directory)!.FullName, PlantFile.FileName));
            Known("--line", parsed.GetValue(line), [.. plant.Model.Lines.Select(known => known.Name)]);
            Known("--server", parsed.GetValue(server), [.. plant.Model.Servers.Select(known => known.Name)]);
            var rows = (plant.Table?.Rows ?? []).ToDictionary(row => row.Name, StringComparer.Ordinal);
            var tags = plant.Model.Tags.Where(tag => (parsed.GetValue(line) ?? tag.Line) == tag.Line && (parsed.GetValue(server) is not { } name || tag.Servers.Contains(name))).ToList();
            var content = TagTableWriter.Write(tags.Select(tag => TagText.Row(tag, rows.GetValueOrDefault(tag.Name))), parsed.GetValue(excel) ? TableForm.Excel : TableForm.Plain);
            if (parsed.GetValue(output) is { } file)
            {
                FileReplacement.Write(file.FullName, content);
                await Console.Error.WriteLineAsync(Printable.Line($"{tags.Count} tags are in {file}. Edit it, then: tags import {file} --config {parsed.GetValue(directory)}")).ConfigureAwait(false);
            }
            else
            {
                await using var stream = Console.OpenStandardOutput();
                await stream.WriteAsync(content, cancel).ConfigureAwait(false);
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static void Known(string option, string? name, IReadOnlyCollection<string> names)
    {
        if (name is not null && !names.Contains(name))
            throw new UsageException($"{option} {name}: the plant file has no such name: {Nearest.Hint(name, names)}");
    }
}
