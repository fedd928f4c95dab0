namespace PatchEdge.Plant.Files;

/// <summary>What all sections of one file share while it is read.</summary>
internal sealed class ConfigurationContext(string file, List<ConfigurationError> errors)
{
    private readonly Dictionary<MapNode, ConfigurationSection> sections = new(ReferenceEqualityComparer.Instance);

    public string File => file;

    /// <summary>Directory that relative paths in the file start from.</summary>
    public string Directory { get; } = Path.GetDirectoryName(Path.GetFullPath(file)) ?? Path.GetFullPath(".");

    public void Add(int line, string key, string? value, string message)
    {
        if (errors.Count < ConfigurationFile.MaximumErrors * 4)
            errors.Add(new ConfigurationError(file, line, key, value, message));
    }

    /// <summary>The one section for a map, so that whoever asks it, its keys are remembered in one place.</summary>
    public ConfigurationSection Section(MapNode map, int line, string path, string name, bool absent = false)
    {
        if (!sections.TryGetValue(map, out var section))
            sections.Add(map, section = new ConfigurationSection(this, map, line, path, name, absent));
        return section;
    }

    public void RefuseUnaskedKeys()
    {
        foreach (var section in sections.Values)
            section.RefuseUnaskedKeys();
    }
}
