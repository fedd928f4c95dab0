using PatchEdge.Plant.Files.Text;
using Spectre.Console;

namespace PatchEdge.Gateway.Cli;

/// <summary>Prints tables: as wide as the terminal, and unbroken where a program reads them.</summary>
internal static class Terminal
{
    private const int WidthForPrograms = 400;

    /// <param name="columns">Their headings.</param>
    /// <param name="rows">Cells as they came from the server: made safe for a terminal here.</param>
    public static void Write(IReadOnlyList<string> columns, IEnumerable<string[]> rows)
    {
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = WidthForPrograms;
        var table = new Table { Border = Console.IsOutputRedirected ? TableBorder.None : TableBorder.Rounded };
        foreach (var column in columns)
            table.AddColumn(new TableColumn(new Text(column)));
        foreach (var row in rows)
            table.AddRow([.. row.Select(cell => new Text(Printable.Line(cell)))]);
        AnsiConsole.Write(table);
    }
}
