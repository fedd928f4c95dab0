using System.Globalization;

namespace PatchEdge.Gateway.Cli.Servers;

/// <summary>Node ids as the command line gives them: <c>Tag{0..9999}</c> stands for ten thousand, <c>{1,3,5}</c> for three. <c>{{</c> and <c>}}</c> stand for braces.</summary>
internal static class NodeRange
{
    public const int MostNodes = 1_000_000;

    /// <exception cref="UsageException">A brace without its partner, a range that is none, or more nodes than can be meant.</exception>
    public static IReadOnlyList<string> Expand(IEnumerable<string> patterns)
    {
        var nodes = new List<string>();
        foreach (var pattern in patterns)
            foreach (var node in Expand(pattern))
                if (nodes.Count < MostNodes)
                    nodes.Add(node);
                else
                    throw new UsageException($"More than {MostNodes} nodes. Name fewer.");
        return nodes;
    }

    private static IEnumerable<string> Expand(string pattern)
    {
        IEnumerable<string> heads = [""];
        var rest = pattern;
        while (rest.Length > 0)
        {
            var brace = rest.AsSpan().IndexOfAny('{', '}');
            var literal = brace < 0 ? rest : rest[..brace];
            if (brace >= 0 && brace + 1 < rest.Length && rest[brace + 1] == rest[brace])
            {
                literal = rest[..(brace + 1)];
                heads = Append(heads, [literal]);
                rest = rest[(brace + 2)..];
                continue;
            }

            heads = Append(heads, [literal]);
            if (brace < 0)
                break;
            var end = rest.IndexOf('}', brace);
            if (rest[brace] == '}' || end < 0)
                throw new UsageException($"'{pattern}' has a brace without its partner. Write {{0..99}} for a range, {{{{ for a brace.");
            heads = Append(heads, Choices(rest[(brace + 1)..end], pattern));
            rest = rest[(end + 1)..];
        }

        return heads;
    }

    private static IEnumerable<string> Append(IEnumerable<string> heads, IReadOnlyList<string> tails) =>
        tails is [""] ? heads : heads.SelectMany(head => tails.Select(tail => head + tail));

    private static string[] Choices(string inside, string pattern)
    {
        if (inside.Split("..") is not [var from, var to])
            return inside.Contains(',', StringComparison.Ordinal) ? inside.Split(',') : throw Refused(inside, pattern);
        if (!int.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            || !int.TryParse(to, NumberStyles.None, CultureInfo.InvariantCulture, out var last) || last < first)
            throw Refused(inside, pattern);
        if ((long)last - first >= MostNodes)
            throw new UsageException($"'{pattern}' stands for more than {MostNodes} nodes. Name fewer.");
        // Leading zeros are meant: {000..099}.
        var width = from.Length > 1 && from[0] == '0' ? from.Length : 0;
        return [.. Enumerable.Range(first, last - first + 1).Select(number => number.ToString("D" + width, CultureInfo.InvariantCulture))];
    }

    private static UsageException Refused(string inside, string pattern) =>
        new($"'{{{inside}}}' in '{pattern}' is no range. Write {{0..99}}, or {{a,b,c}}.");
}
