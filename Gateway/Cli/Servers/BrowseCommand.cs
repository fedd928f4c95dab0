using System.CommandLine;
using System.Text.Json;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Gateway.Cli.Servers;

/// <summary><c>browse URL</c>: what a server has, as a tree.</summary>
internal static class BrowseCommand
{
    private const int MostNodes = 100_000;

    public static Command Create()
    {
        var connection = new ConnectionArguments();
        var node = new Option<string>("--node") { Description = "Where to begin.", DefaultValueFactory = _ => "i=85" };
        var depth = new Option<int>("--depth") { Description = "Levels to show.", DefaultValueFactory = _ => 2 };
        var json = new Option<bool>("--json") { Description = "One JSON object per node, one per line." };
        var command = new Command("browse", "Shows a server's nodes.") { node, depth, json };
        connection.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            await using var client = await connection.ConnectAsync(parsed, cancel).ConfigureAwait(false);
            var root = await client.ResolveAsync(parsed.GetValue(node)!, cancel).ConfigureAwait(false);
            var options = new BrowseOptions { MaxDepth = Math.Max(0, parsed.GetValue(depth) - 1), MaxNodes = MostNodes };
            var children = new Dictionary<NodeId, List<BrowsedNode>>();
            var count = 0;
            await foreach (var found in client.BrowseTreeAsync(root, options, cancel).ConfigureAwait(false))
            {
                count++;
                if (!children.TryGetValue(found.Parent, out var siblings))
                    children[found.Parent] = siblings = [];
                siblings.Add(found);
            }

            Print(root, children, parsed.GetValue(json));
            if (count >= MostNodes)
                await Console.Error.WriteLineAsync($"Only the first {MostNodes} nodes are shown. Begin deeper with --node.").ConfigureAwait(false);
            return ExitCodes.Success;
        });
        return command;
    }

    private static void Print(NodeId root, Dictionary<NodeId, List<BrowsedNode>> children, bool json)
    {
        var open = new Stack<BrowsedNode>();
        Push(root, children, open);
        while (open.TryPop(out var node))
        {
            Console.WriteLine(json ? Json(node) : Line(node));
            if (node.Reference.NodeId.IsLocal)
                Push(node.Reference.NodeId.NodeId, children, open);
        }
    }

    private static void Push(NodeId parent, Dictionary<NodeId, List<BrowsedNode>> children, Stack<BrowsedNode> open)
    {
        if (children.Remove(parent, out var list))
            foreach (var child in Enumerable.Reverse(list))
                open.Push(child);
    }

    private static string Line(BrowsedNode node) => Printable.Line(
        $"{new string(' ', node.Depth * 2)}{node.Reference.DisplayName.Text ?? node.Reference.BrowseName.Name}  [{node.Reference.NodeClass}] {node.Reference.NodeId}");

    private static string Json(BrowsedNode node) => JsonText.Of(writer =>
    {
        writer.WriteString("node", node.Reference.NodeId.ToString());
        writer.WriteString("parent", node.Parent.ToString());
        writer.WriteNumber("depth", node.Depth);
        writer.WriteString("class", node.Reference.NodeClass.ToString());
        writer.WriteString("browse_name", node.Reference.BrowseName.ToString());
        writer.WriteString("display_name", node.Reference.DisplayName.Text);
        writer.WriteString("type_definition", node.Reference.TypeDefinition.IsNull ? null : node.Reference.TypeDefinition.ToString());
    });
}
