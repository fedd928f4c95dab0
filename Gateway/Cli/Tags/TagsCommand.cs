using System.CommandLine;

namespace PatchEdge.Gateway.Cli.Tags;

/// <summary><c>tags</c>: the plant's tags as a table, to and fro, and from a live server.</summary>
internal static class TagsCommand
{
    public static Command Create() => new("tags", "Tags as a table: select them at a server, export, import, check.")
    {
        SelectCommand.Create(),
        ExportCommand.Create(),
        ImportCommand.Create(),
        TagsCheckCommand.Create(),
    };

    internal static Option<DirectoryInfo> Directory() => new("--config") { Description = "Directory of plant.yaml and gateway.yaml.", Required = true };
}
