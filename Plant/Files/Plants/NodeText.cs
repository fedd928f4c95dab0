using System.Globalization;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Plant.Files.Plants;

/// <summary>Checks nodes as plant files write them: <c>nsu=URI;s=Name</c> (or <c>i=</c>, <c>g=</c>, <c>b=</c>), OPC 10000-6 §5.3.1.10.</summary>
internal static class NodeText
{
    public const int LongestIdentifier = 4096;

    /// <summary>Why the text is no node that can be relied on; null when it is one.</summary>
    public static string? Refusal(string node)
    {
        if (node.StartsWith("ns=", StringComparison.Ordinal))
            return $"{Printable.Quote(node)} names its namespace by index, which may move when the server restarts: write nsu=URI; instead of ns=…;";
        var identifier = node;
        if (node.StartsWith("nsu=", StringComparison.Ordinal))
        {
            var end = node.IndexOf(';', StringComparison.Ordinal);
            if (end < 0)
                return $"{Printable.Quote(node)} has no identifier: write nsu=URI;s=Name";
            if (end == 4)
                return $"{Printable.Quote(node)} has an empty namespace URI: write nsu=URI;s=Name";
            identifier = node[(end + 1)..];
        }
        else if (!node.StartsWith("i=", StringComparison.Ordinal))
        {
            return $"{Printable.Quote(node)} names no namespace: write nsu=URI;s=Name, or i=Number for a node of the OPC UA namespace itself";
        }

        return identifier.Length is > 2 and <= LongestIdentifier && identifier[1] == '=' && IsIdentifier(identifier[0], identifier[2..])
            ? null
            : $"{Printable.Quote(node)} has no valid identifier: after the namespace write s=Name, i=Number, g=GUID or b=Base64";
    }

    private static bool IsIdentifier(char kind, string text) => kind switch
    {
        's' => !text.Any(char.IsControl),
        'i' => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _),
        'g' => Guid.TryParseExact(text, "D", out _),
        'b' => Convert.TryFromBase64String(text, new byte[text.Length], out _),
        _ => false,
    };
}
