using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Plant.Files;

/// <summary>What all sections of one file share while it is read.</summary>
internal sealed class ConfigurationContext(string file, List<ConfigurationError> errors)
{
    private readonly Dictionary<MapNode, ConfigurationSection> sections = new(ReferenceEqualityComparer.Instance);

    public string File => file;

    /// <summary>Directory that relative paths in the file start from.</summary>
    public string Directory { get; } = Path.GetDirectoryName(Path.GetFullPath(file)) ?? Path.GetFullPath(".");

    public void Add(TextPlace place, string key, string? value, string message)
    {
        Found++;
        if (errors.Count >= ConfigurationFile.MaximumErrors * 4)
            return;
        // In a table the heading says which field is meant; the way to the tag says nothing that the row does not.
        var name = place.Column > 0 ? key[(key.LastIndexOf('.') + 1)..] : key;
        errors.Add(new ConfigurationError(place.File ?? file, place.Line, name, value, place.Via is null ? message : $"{message} ({place.Via})") { Column = place.Column });
    }

    /// <summary>Errors found, told or not.</summary>
    public int Found { get; private set; }

    /// <summary>The one section for a map, so that whoever asks it, its keys are remembered in one place.</summary>
    public ConfigurationSection Section(MapNode map, TextPlace place, string path, string name, bool absent = false)
    {
        if (!sections.TryGetValue(map, out var section))
            sections.Add(map, section = new ConfigurationSection(this, map, place, path, name, absent));
        return section;
    }

    public void RefuseUnaskedKeys()
    {
        foreach (var section in sections.Values)
            section.RefuseUnaskedKeys();
    }
}
