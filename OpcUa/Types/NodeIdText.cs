using System.Globalization;

namespace PatchEdge.OpcUa.Types;

/// <summary>The text notation of node ids (Part 6 §5.3.1.10 and §5.3.1.11): <c>[svr=n;][ns=n;|nsu=uri;]{i|s|g|b}=identifier</c>.</summary>
internal static class NodeIdText
{
    public const string Expected = "Write i=85, ns=2;s=Tag, ns=2;g=<guid>, ns=2;b=<base64>, or nsu=<namespace URI>;s=Tag.";

    public static string Format(NodeId nodeId) =>
        nodeId.NamespaceIndex == 0 ? Identifier(nodeId) : $"ns={nodeId.NamespaceIndex};{Identifier(nodeId)}";

    public static string Format(ExpandedNodeId nodeId)
    {
        string server = nodeId.ServerIndex == 0 ? "" : $"svr={nodeId.ServerIndex};";
        return nodeId.NamespaceUri is { } uri
            ? $"{server}nsu={Escape(uri)};{Identifier(nodeId.NodeId)}"
            : server + Format(nodeId.NodeId);
    }

    public static bool TryParse(string? text, out NodeId nodeId)
    {
        nodeId = default;
        ReadOnlySpan<char> rest = text;
        if (!TryTakeNamespaceIndex(ref rest, out ushort index)) return false;
        return TryParseIdentifier(rest, index, out nodeId);
    }

    public static bool TryParse(string? text, out ExpandedNodeId nodeId)
    {
        nodeId = default;
        ReadOnlySpan<char> rest = text;
        uint server = 0;
        if (rest.StartsWith("svr=") && !(TryTake(ref rest, "svr=", out ReadOnlySpan<char> number) && TryParseNumber(number, out server))) return false;

        string? uri = null;
        ushort index = 0;
        if (rest.StartsWith("nsu="))
        {
            if (!TryTake(ref rest, "nsu=", out ReadOnlySpan<char> escaped) || !TryUnescape(escaped, out uri)) return false;
        }
        else if (!TryTakeNamespaceIndex(ref rest, out index)) return false;

        if (!TryParseIdentifier(rest, index, out NodeId local)) return false;
        nodeId = new ExpandedNodeId(local, uri, server);
        return true;
    }

    private static string Identifier(NodeId nodeId) => nodeId.IdType switch
    {
        IdType.Numeric => $"i={nodeId.NumericIdentifier}",
        IdType.String => $"s={nodeId.StringIdentifier}",
        IdType.Guid => $"g={nodeId.GuidIdentifier}",
        _ => $"b={Convert.ToBase64String(nodeId.OpaqueIdentifier)}",
    };

    private static bool TryParseIdentifier(ReadOnlySpan<char> text, ushort index, out NodeId nodeId)
    {
        nodeId = default;
        if (text.Length < 2 || text[1] != '=') return false;
        ReadOnlySpan<char> value = text[2..];
        switch (text[0])
        {
            case 'i' when TryParseNumber(value, out uint number):
                nodeId = new NodeId(number, index);
                return true;
            case 's':
                nodeId = new NodeId(value.ToString(), index);
                return true;
            case 'g' when Guid.TryParseExact(value, "D", out Guid guid):
                nodeId = new NodeId(guid, index);
                return true;
            case 'b':
                var bytes = new byte[value.Length];
                if (!Convert.TryFromBase64Chars(value, bytes, out int written)) return false;
                nodeId = new NodeId(bytes[..written], index);
                return true;
            default:
                return false;
        }
    }

    private static bool TryTakeNamespaceIndex(ref ReadOnlySpan<char> rest, out ushort index)
    {
        index = 0;
        if (!rest.StartsWith("ns=")) return true;
        return TryTake(ref rest, "ns=", out ReadOnlySpan<char> number)
            && ushort.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out index);
    }

    private static bool TryParseNumber(ReadOnlySpan<char> text, out uint number) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static bool TryTake(ref ReadOnlySpan<char> rest, string prefix, out ReadOnlySpan<char> value)
    {
        int end = rest.IndexOf(';');
        value = end < 0 ? default : rest[prefix.Length..end];
        rest = end < 0 ? rest : rest[(end + 1)..];
        return end >= 0;
    }

    // A URI may contain the separator itself; the notation escapes it and its escape, and nothing else.
    private static string Escape(string uri) => uri.Replace("%", "%25", StringComparison.Ordinal).Replace(";", "%3B", StringComparison.Ordinal);

    private static bool TryUnescape(ReadOnlySpan<char> escaped, out string? uri)
    {
        uri = escaped.ToString().Replace("%3B", ";", StringComparison.OrdinalIgnoreCase).Replace("%25", "%", StringComparison.Ordinal);
        return uri.Length > 0;
    }
}
