using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace PatchEdge.Plant.Files.Plants.Composition;

/// <summary>Writes a tree as YAML that reads back as the same content, with the same hash.</summary>
internal static partial class PlantText
{
    private static readonly JsonSerializerOptions Quoting = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(MapNode root)
    {
        var text = new StringBuilder();
        Write(text, root, 0);
        return text.ToString();
    }

    private static void Write(StringBuilder text, MapNode map, int depth)
    {
        foreach (var entry in map.Entries)
        {
            text.Append(' ', depth * 2).Append(Scalar(entry.Key, plain: true)).Append(':');
            if (entry.Value is MapNode { Entries.Count: > 0 } inner && (depth < 2 || !IsLeaf(inner)))
            {
                text.Append('\n');
                Write(text, inner, depth + 1);
            }
            else
            {
                text.Append(' ').Append(Flow(entry.Value)).Append('\n');
            }
        }
    }

    private static bool IsLeaf(MapNode map) => map.Entries.All(entry => entry.Value is not MapNode and not ListNode { Items.Count: > 4 });

    private static string Flow(ConfigurationNode node) => node switch
    {
        ScalarNode { IsNull: true } => "null",
        ScalarNode scalar => Scalar(scalar.Text, scalar.Plain),
        ListNode list => $"[{string.Join(", ", list.Items.Select(Flow))}]",
        _ => $"{{ {string.Join(", ", ((MapNode)node).Entries.Select(entry => $"{Scalar(entry.Key, plain: true)}: {Flow(entry.Value)}"))} }}",
    };

    private static string Scalar(string text, bool plain) => plain && Safe().IsMatch(text) ? text : JsonSerializer.Serialize(text, Quoting);

    [GeneratedRegex(@"^[A-Za-z0-9_/][A-Za-z0-9_./+=;:\-]*(?<!:)$")]
    private static partial Regex Safe();
}
