using System.Collections.Immutable;
using System.Text;
using PatchEdge.Plant.Model;

namespace PatchEdge.Plant.Files.Tags;

/// <summary>What it takes to bring a plant's tags to what a table says: compared, checked, and worked out as the files' new content, but not written.</summary>
/// <param name="Added">Tags that the plant did not have.</param>
/// <param name="Changed">Tags whose settings differ: before, after.</param>
/// <param name="Removed">Tags that the plant had and the table lacks, if those are to go.</param>
/// <param name="Kept">Tags that the plant has and the table lacks, if those are to stay.</param>
/// <param name="Moved">Where tags stood in the plant file that stand in its table afterwards, and comments that go with removed ones.</param>
/// <param name="Document">The plant as it is afterwards.</param>
/// <param name="TableContent">New content of the table; null when it stays.</param>
/// <param name="PlantContent">New content of the plant file; null when it stays.</param>
public sealed record TagImport(
    ImmutableArray<Tag> Added, ImmutableArray<(Tag Before, Tag After)> Changed, ImmutableArray<Tag> Removed, ImmutableArray<Tag> Kept,
    ImmutableArray<string> Moved, PlantDocument Document, byte[]? TableContent, byte[]? PlantContent)
{
    /// <summary>Name of the table that is made for a plant which names none.</summary>
    public const string UsualTable = "tags.csv";

    public bool IsEmpty => TableContent is null && PlantContent is null;

    /// <summary>Path of the table, there already or not.</summary>
    public string TablePath => Document.TablePath ?? UsualTable;

    /// <param name="plant">The plant as it is.</param>
    /// <param name="imported">What it shall have. A column that the file lacks stays as it is; an empty cell inherits.</param>
    /// <param name="removeMissing">Tags that the table lacks shall go.</param>
    /// <exception cref="ConfigurationException">A row is wrong, or a tag cannot be changed from here; carries every error.</exception>
    public static TagImport Plan(PlantDocument plant, TagTable imported, bool removeMissing)
    {
        var known = plant.Model.Tags.ToDictionary(tag => tag.Name, StringComparer.Ordinal);
        var rows = (plant.Table?.Rows ?? []).ToDictionary(row => row.Name, StringComparer.Ordinal);
        var wanted = imported.Rows.Select(row => Completed(row, known, rows)).ToImmutableArray();
        var named = wanted.Select(row => row.Name).ToHashSet(StringComparer.Ordinal);
        var missing = plant.Model.Tags.Where(tag => !named.Contains(tag.Name)).ToImmutableArray();
        var trial = new TagTable([.. (plant.Table?.Rows ?? []).Where(row => !named.Contains(row.Name)), .. wanted], imported.Form);
        var after = PlantDocument.Parse(plant.Text, plant.Path, trial, replacing: true).Model.Tags.Where(tag => named.Contains(tag.Name)).ToDictionary(tag => tag.Name, StringComparer.Ordinal);

        var added = wanted.Where(row => !known.ContainsKey(row.Name)).ToImmutableArray();
        var changed = wanted.Where(row => known.TryGetValue(row.Name, out var before) && TagText.Differences(before, after[row.Name]).Any()).ToImmutableArray();
        var removed = removeMissing ? missing : [];
        RefuseTemplated(plant, changed, removed);

        var edit = new PlantTextEdit(plant);
        var notes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in changed.Where(row => !plant.Origins[row.Name].InTable))
            notes[row.Name] = edit.Remove(row.Name, moved: true);
        foreach (var tag in removed.Where(tag => !plant.Origins[tag.Name].InTable))
            edit.Remove(tag.Name, moved: false);

        var gone = removed.Select(tag => tag.Name).ToHashSet(StringComparer.Ordinal);
        var table = new TagTable(
            [
                .. (plant.Table?.Rows ?? []).Where(row => !gone.Contains(row.Name)).Select(row => Updated(row, wanted, known, after, imported)),
                .. wanted.Where(row => !known.ContainsKey(row.Name) || notes.ContainsKey(row.Name)).Select(row => WithNote(row, notes.GetValueOrDefault(row.Name, ""))),
            ],
            plant.Table?.Form ?? TableForm.Plain);
        if (plant.TablePath is null && table.Rows.Length > 0)
            edit.NameTable(UsualTable);
        var content = TagTableWriter.Write(table.Rows, table.Form);
        var text = edit.Text;
        var document = Verified(plant, text, content, after, gone);
        var before = plant.Table is null ? null : TagTableWriter.Write(plant.Table.Rows, plant.Table.Form);
        return new TagImport(
            [.. added.Select(row => after[row.Name])], [.. changed.Select(row => (known[row.Name], after[row.Name]))], removed, removeMissing ? [] : missing, edit.Told,
            document, table.Rows.Length == 0 && plant.Table is null || (before is not null && content.AsSpan().SequenceEqual(before)) ? null : content,
            text == plant.Text ? null : Encoding.UTF8.GetBytes(text));
    }

    /// <summary>The row with what its file does not speak of taken from the plant.</summary>
    private static TagRow Completed(TagRow row, Dictionary<string, Tag> known, Dictionary<string, TagRow> rows)
    {
        if (!known.TryGetValue(row.Name, out var tag))
            return row;
        var there = rows.GetValueOrDefault(row.Name) ?? TagText.Row(tag, null);
        return row.With(TagColumns.All.Where(column => row.Fields[(int)column] == 0).Select(column => KeyValuePair.Create(column, there[column])));
    }

    /// <summary>The table's own row with no more changed than what differs: what it inherited before it still inherits.</summary>
    private static TagRow Updated(TagRow row, ImmutableArray<TagRow> wanted, Dictionary<string, Tag> known, Dictionary<string, Tag> after, TagTable imported)
    {
        if (!after.TryGetValue(row.Name, out var tag))
            return row;
        var source = imported.ByName.TryGetValue(row.Name, out var index) ? wanted[index] : row;
        var settings = TagText.Differences(known[row.Name], tag);
        var words = TagColumns.All.Where(column => column >= TagColumn.BrowsePath && source[column] != row[column]);
        return row.With(settings.Concat(words).Select(column => KeyValuePair.Create(column, source[column])));
    }

    private static TagRow WithNote(TagRow row, string note) =>
        note.Length == 0 || row[TagColumn.Note].Contains(note, StringComparison.Ordinal) ? row
            : row.With([KeyValuePair.Create(TagColumn.Note, row[TagColumn.Note].Length == 0 ? note : row[TagColumn.Note] + "; " + note)]);

    private static void RefuseTemplated(PlantDocument plant, ImmutableArray<TagRow> changed, ImmutableArray<Tag> removed)
    {
        var errors = changed.Where(row => plant.Origins[row.Name].Via is not null)
            .Select(row => row.Error(TagColumn.Tag, $"'{row.Name}' stands in {plant.Origins[row.Name]}: change the template, or give the unit a setting of its own there"))
            .Concat(removed.Where(tag => plant.Origins[tag.Name].Via is not null)
                .Select(tag => new ConfigurationError(plant.Origins[tag.Name].File, plant.Origins[tag.Name].Line, "", tag.Name, $"'{tag.Name}' cannot be removed, it comes {plant.Origins[tag.Name].Via}: write '{tag.Name[(tag.Name.LastIndexOf('.') + 1)..]}: none' below the unit's tags")))
            .ToList();
        if (errors.Count > 0)
            throw new ConfigurationException([.. errors.Take(ConfigurationFile.MaximumErrors)]);
    }

    /// <summary>Reads back what would be written: if that is not what was asked for, nothing is.</summary>
    private static PlantDocument Verified(PlantDocument plant, string text, byte[] content, Dictionary<string, Tag> after, HashSet<string> gone)
    {
        var document = PlantDocument.Parse(text, plant.Path, TagTableReader.Parse(content, UsualTable));
        var tags = document.Model.Tags.ToDictionary(tag => tag.Name, StringComparer.Ordinal);
        var wrong = plant.Model.Tags.Where(tag => !gone.Contains(tag.Name)).Concat(after.Values).DistinctBy(tag => tag.Name)
            .Select(tag => after.GetValueOrDefault(tag.Name, tag)).FirstOrDefault(tag => !tags.TryGetValue(tag.Name, out var read) || TagText.Differences(tag, read).Any());
        if (wrong is null && !tags.Keys.Any(gone.Contains))
            return document;
        throw new ConfigurationException(new ConfigurationError(plant.Path, 0, "", null, $"cannot be changed safely (tag '{wrong?.Name ?? gone.First(tags.ContainsKey)}' would not be as asked for): move its tags into the table of tags by hand"));
    }
}
