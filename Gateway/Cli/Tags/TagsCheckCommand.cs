using System.CommandLine;
using PatchEdge.Gateway.Cli.Tags.Selection;
using PatchEdge.Gateway.Options;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Tags;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Gateway.Cli.Tags;

/// <summary><c>tags check</c>: whether the browse paths of the plant's table still lead where they led, and what their patterns would select now.</summary>
internal static class TagsCheckCommand
{
    public static Command Create()
    {
        var directory = TagsCommand.Directory();
        var only = new Option<string?>("--server") { Description = "This server only." };
        var command = new Command("check", "Tells what moved, vanished or appeared at the servers since tags were selected.") { directory, only };
        command.SetAction(async (parsed, cancel) =>
        {
            var folder = parsed.GetValue(directory)!;
            var document = PlantDocument.Open(Path.Combine(folder.FullName, PlantFile.FileName));
            var configuration = GatewayConfiguration.Load(folder.FullName);
            var rows = (document.Table?.Rows ?? []).Where(row => row[TagColumn.BrowsePath].Length > 0).ToList();
            if (rows.Count == 0)
                throw new UsageException($"{document.TablePath ?? document.Path} has no tag with a browse path: 'tags select' writes them, 'tags import' keeps them. See 'check' for the nodes of all tags.");
            var findings = 0;
            foreach (var server in configuration.Table.Servers.Where(server => (parsed.GetValue(only) ?? server.Name) == server.Name))
            {
                var own = rows.Where(row => configuration.Table.Find(row.Name, server.Name) is not null).ToList();
                if (own.Count == 0)
                    continue;
                await using var client = await SelectCommand.ConnectAsync(folder, server.Name, cancel).ConfigureAwait(false);
                var nodes = configuration.Plant.Tags.Where(tag => tag.Servers.Contains(server.Name)).ToDictionary(tag => tag.Name, tag => tag.Node, StringComparer.Ordinal);
                foreach (var finding in await CheckAsync(client, own, nodes, cancel).ConfigureAwait(false))
                {
                    findings++;
                    Console.WriteLine(Printable.Line(finding));
                }

                Console.WriteLine($"server {server.Name}: {own.Count} browse paths compared.");
            }

            Console.WriteLine(findings == 0 ? "Nothing moved, vanished or appeared." : $"{findings} finding(s).");
            return findings == 0 ? ExitCodes.Success : ExitCodes.Problem;
        });
        return command;
    }

    /// <param name="client">The server.</param>
    /// <param name="rows">Rows of it that have a browse path.</param>
    /// <param name="nodes">By name of each tag of the server, in the table or not: its node.</param>
    /// <param name="cancel">Ends it.</param>
    internal static async Task<List<string>> CheckAsync(UaClient client, List<TagRow> rows, IReadOnlyDictionary<string, string> nodes, CancellationToken cancel)
    {
        var findings = new List<string>();
        var namespaces = client.Server.NamespaceArray;
        var places = await PathWalk.FindAsync(client, [.. rows.Select(row => row[TagColumn.BrowsePath])], cancel).ConfigureAwait(false);
        var known = rows.Select(row => Resolve(nodes[row.Name])).ToArray();
        var facts = await NodeFacts.ReadAsync(client, known, cancel).ConfigureAwait(false);
        foreach (var (index, row) in rows.Index())
        {
            var led = places[row[TagColumn.BrowsePath]];
            var since = row[TagColumn.ResolvedAt].Length > 0 ? $" since {row[TagColumn.ResolvedAt]}" : "";
            var finding = led.Contains(known[index]) ? TypeChange(row, facts[index])
                : led.Count > 0 ? $"moved{since}: {row[TagColumn.BrowsePath]} leads to {SelectCommand.NodeText(led[0], namespaces)} now, the tag is {nodes[row.Name]}"
                : facts[index].Class is not null ? $"moved{since}: {row[TagColumn.BrowsePath]} leads nowhere, but its node {nodes[row.Name]} is still there: find its new path with 'browse'"
                : $"vanished{since}: neither {row[TagColumn.BrowsePath]} nor node {nodes[row.Name]} is there";
            if (finding is not null)
                findings.Add($"{row.File}:{row.Line}: {row.Name} {finding}");
        }

        var tagged = nodes.Values.Select(Resolve).ToHashSet();
        var selector = new NodeSelector(client, new SelectionLimits(16, TagTableReader.MaximumRows, Properties: false));
        foreach (var pattern in rows.Select(row => row[TagColumn.SelectedBy]).Where(pattern => pattern.Length > 0).Distinct())
            foreach (var node in await selector.SelectAsync(PathPattern.Parse(pattern), cancel).ConfigureAwait(false))
                if (tagged.Add(node.Node))
                    findings.Add($"{node.Path} appeared: {SelectCommand.NodeText(node.Node, namespaces)} matches '{pattern}' and is no tag");
        return findings;

        NodeId Resolve(string text) => ExpandedNodeId.TryParse(text, out var expanded) && expanded.TryResolve(namespaces, out var node) ? node : NodeId.Null;
    }

    private static string? TypeChange(TagRow row, NodeFacts facts) =>
        facts.Class is { } kind and not NodeClass.Variable ? $"is no variable any more but {kind}"
        : facts.DataType is { } type && row[TagColumn.Type].Length > 0 && type != row[TagColumn.Type] ? $"changed: is of type {type} now, the table says {row[TagColumn.Type]}"
        : null;
}
