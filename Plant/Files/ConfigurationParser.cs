using PatchEdge.Plant.Files.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace PatchEdge.Plant.Files;

/// <summary>Turns YAML text into nodes with line numbers, within limits; refuses what can hide or multiply content (anchors, aliases, type tags, several documents).</summary>
internal sealed class ConfigurationParser(string file, List<ConfigurationError> errors)
{
    private const string NoAnchors = "anchors and aliases (& and *) are not supported: write the value out where it is used";

    private int nodes;
    private int lastLine = 1;

    /// <summary>Null when the text could not be read as one map; the errors then say why.</summary>
    public MapNode? Parse(string text)
    {
        try
        {
            var parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _))
                return new MapNode(new TextPlace(1), []);
            parser.Consume<DocumentStart>();
            var root = ReadNode(parser, "", 1);
            parser.Consume<DocumentEnd>();
            if (!parser.Accept<StreamEnd>(out _))
                throw Refused(parser.Current!, "", "only one document per file is read: remove the '---' and what follows it");
            switch (root)
            {
                case MapNode map:
                    return map;
                case ScalarNode { IsNull: true } nothing:
                    return new MapNode(nothing.Place, []);
                default:
                    errors.Add(new ConfigurationError(file, root.Line, "", null, "must be a map of keys and values at its outermost level"));
                    return null;
            }
        }
        catch (YamlException exception)
        {
            errors.Add(new ConfigurationError(file, (int)Math.Max(1, exception.Start.Line), "", null, "is not valid YAML: " + exception.Message));
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or IndexOutOfRangeException or FormatException or OverflowException)
        {
            // The library's scanner has states that it did not expect; what it cannot read, nobody should have written.
            errors.Add(new ConfigurationError(file, lastLine, "", null, "is not valid YAML near this line: check brackets, quotes and indentation"));
        }
        catch (RefusedException exception)
        {
            errors.Add(exception.Error);
        }

        return null;
    }

    private ConfigurationNode ReadNode(Parser parser, string path, int depth)
    {
        if (parser.Current is AnchorAlias alias)
            throw Refused(alias, path, NoAnchors);
        var next = parser.Current as NodeEvent ?? throw Refused(parser.Current!, path, "a value is expected here");
        if (depth > ConfigurationFile.MaximumDepth)
            throw Refused(next, path, $"nested deeper than {ConfigurationFile.MaximumDepth} levels");
        if (++nodes > ConfigurationFile.MaximumNodes)
            throw Refused(next, path, $"the file has more than {ConfigurationFile.MaximumNodes} values: split it");
        if (!next.Anchor.IsEmpty)
            throw Refused(next, path, NoAnchors);
        if (!next.Tag.IsEmpty)
            throw Refused(next, path, $"type tags such as {Printable.Quote(next.Tag.ToString())} are not supported: remove it");
        var line = lastLine = Line(next);
        switch (next)
        {
            case Scalar scalar:
                parser.MoveNext();
                if (scalar.Value.Length > ConfigurationFile.MaximumTextLength)
                    throw Refused(next, path, $"a value has at most {ConfigurationFile.MaximumTextLength} characters");
                if (HasLoneSurrogate(scalar.Value))
                    throw Refused(next, path, "holds half of a surrogate pair, which is no character");
                return new ScalarNode(new TextPlace(line), scalar.Value, scalar.Style == ScalarStyle.Plain) { LastLine = LastLine(scalar, line) };
            case SequenceStart:
                return ReadList(parser, path, depth, line);
            default:
                return ReadMap(parser, path, depth, line);
        }
    }

    private ListNode ReadList(Parser parser, string path, int depth, int line)
    {
        var flow = parser.Consume<SequenceStart>().Style == SequenceStyle.Flow;
        var items = new List<ConfigurationNode>();
        SequenceEnd end;
        while (!parser.TryConsume(out end!))
            items.Add(ReadNode(parser, $"{path}[{items.Count}]", depth + 1));
        return new ListNode(new TextPlace(line), items) { LastLine = LastLine(flow, end, items.Select(item => item.LastLine), line) };
    }

    private MapNode ReadMap(Parser parser, string path, int depth, int line)
    {
        var flow = parser.Consume<MappingStart>().Style == MappingStyle.Flow;
        var entries = new List<MapEntry>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        MappingEnd end;
        while (!parser.TryConsume(out end!))
        {
            if (ReadNode(parser, path, depth + 1) is not ScalarNode key)
                throw Refused(parser.Current!, path, "a key must be plain text");
            var keyPath = path.Length == 0 ? key.Text : $"{path}.{key.Text}";
            var value = ReadNode(parser, keyPath, depth + 1);
            if (lines.TryAdd(key.Text, key.Line))
                entries.Add(new MapEntry(key.Text, key.Place, value));
            else
                errors.Add(new ConfigurationError(file, key.Line, keyPath, null, $"stands here a second time; it was first given in line {lines[key.Text]}"));
        }

        return new MapNode(new TextPlace(line), entries) { LastLine = LastLine(flow, end, entries.Select(entry => entry.Value.LastLine), line) };
    }

    /// <summary>A block's end is where the next token stands; what it holds says better where it ends.</summary>
    private static int LastLine(bool flow, ParsingEvent end, IEnumerable<int> inside, int line) =>
        flow ? (int)end.End.Line : inside.Append(line).Max();

    private static int LastLine(Scalar scalar, int line) =>
        Math.Max(line, (int)scalar.End.Line - (scalar.End.Column == 1 ? 1 : 0));

    private static bool HasLoneSurrogate(string text)
    {
        for (var i = 0; i < text.Length; i++)
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
                i++;
            else if (char.IsSurrogate(text[i]))
                return true;
        return false;
    }

    private RefusedException Refused(ParsingEvent at, string path, string message) =>
        new(new ConfigurationError(file, Line(at), path, null, message));

    private static int Line(ParsingEvent at) => (int)at.Start.Line;

    private sealed class RefusedException(ConfigurationError error) : Exception(error.Message)
    {
        public ConfigurationError Error => error;
    }
}
