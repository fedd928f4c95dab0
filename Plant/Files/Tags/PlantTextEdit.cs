using System.Collections.Immutable;

namespace PatchEdge.Plant.Files.Tags;

/// <summary>Changes a plant file's text line by line, so that everything it does not concern stays as people wrote it.</summary>
internal sealed class PlantTextEdit(PlantDocument plant)
{
    private readonly string?[] lines = plant.Text.Split('\n');
    private readonly List<string> told = [];
    private string? inserted;
    private int insertedAfter;

    /// <summary>What went where, for people.</summary>
    public ImmutableArray<string> Told => [.. told];

    public string Text
    {
        get
        {
            var kept = lines.Index().SelectMany(pair => new[] { pair.Item, pair.Index + 1 == insertedAfter ? inserted : null }).OfType<string>();
            return string.Join('\n', kept);
        }
    }

    /// <summary>Takes a tag's lines out.</summary>
    /// <returns>The comment that stood behind it; empty when there was none.</returns>
    /// <exception cref="ConfigurationException">It shares a line with something else.</exception>
    public string Remove(string tag, bool moved)
    {
        var origin = plant.Origins[tag];
        var first = lines[origin.Line - 1] ?? "";
        var key = tag[(tag.LastIndexOfAny(['.', '/']) + 1)..];
        if (!first.TrimStart(' ').TrimStart('"', '\'').StartsWith(key[..1], StringComparison.Ordinal) || Enumerable.Range(origin.Line, origin.LastLine - origin.Line + 1).Any(line => lines[line - 1] is null))
            throw new ConfigurationException(new ConfigurationError(origin.File, origin.Line, "", tag, $"'{tag}' shares its line with something else: write it on a line of its own, then import again"));
        var comments = new List<string>();
        for (var line = origin.Line; line <= origin.LastLine; line++)
        {
            if (CommentIn(lines[line - 1]!) is { Length: > 0 } comment)
                comments.Add(comment);
            lines[line - 1] = null;
        }

        var note = string.Join("; ", comments);
        told.Add((moved ? $"{tag} moves from {origin.File}:{origin.Line} to the table" : $"{tag} is taken out of {origin.File}:{origin.Line}")
            + (note.Length == 0 ? "" : moved ? $"; its comment becomes its note: {note}" : $" with its comment: {note}"));
        return note;
    }

    public void NameTable(string name)
    {
        insertedAfter = plant.RootKeys.GetValueOrDefault("site", 0);
        var carriageReturn = insertedAfter > 0 && lines[insertedAfter - 1] is [.., '\r'] ? "\r" : "";
        inserted = $"tags-file: {name}{carriageReturn}";
    }

    private static string CommentIn(string line)
    {
        var quote = '\0';
        for (var index = 0; index < line.Length; index++)
        {
            var character = line[index];
            if (quote != '\0')
                quote = character == quote ? '\0' : quote;
            else if (character is '"' or '\'' && (index == 0 || line[index - 1] is ' ' or ',' or '[' or '{' or ':'))
                quote = character;
            else if (character == '#' && (index == 0 || line[index - 1] is ' ' or '\t'))
                return line[(index + 1)..].Trim();
        }

        return "";
    }
}
