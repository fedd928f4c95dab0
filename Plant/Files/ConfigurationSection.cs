using System.Collections.Immutable;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Plant.Files;

/// <summary>One map of a configuration file. Each accessor asks for a key; keys never asked for are refused when reading ends.</summary>
/// <remarks>
/// An accessor without fallback requires its key; one with a fallback returns it when the key is absent; <c>Optional…</c> returns null then.
/// Bounds are inclusive. See <see cref="ConfigurationFile"/> for an example.
/// </remarks>
public sealed class ConfigurationSection
{
    private readonly ConfigurationContext context;
    private readonly MapNode map;
    private readonly bool absent;
    private readonly HashSet<string> asked = new(StringComparer.Ordinal);
    private bool open;

    internal ConfigurationSection(ConfigurationContext context, MapNode map, TextPlace place, string path, string name, bool absent)
    {
        this.context = context;
        this.map = map;
        this.absent = absent;
        Place = place;
        Path = path;
        Name = name;
    }

    public string File => Place.File ?? context.File;

    public int Line => Place.Line;

    internal TextPlace Place { get; }

    /// <summary>Keys from the root; empty for the root.</summary>
    public string Path { get; }

    /// <summary>Its own key: in a map of named things, the name.</summary>
    public string Name { get; }

    /// <summary>Keys as the file gives them.</summary>
    public IEnumerable<string> Keys => map.Entries.Select(entry => entry.Key);

    public bool Has(string key)
    {
        asked.Add(key);
        return map.Entries.Any(entry => entry.Key == key);
    }

    /// <summary>The value as it stands; null when the key is absent.</summary>
    public ConfigurationValue? Optional(string key)
    {
        asked.Add(key);
        return map.Entries.FirstOrDefault(entry => entry.Key == key) is { } entry ? Value(entry) : null;
    }

    public string Text(string key, string? fallback = null) => Read(key, value => value.Text(), fallback, "");

    public string? OptionalText(string key) => Optional(key)?.Text();

    /// <inheritdoc cref="ConfigurationValue.AsName"/>
    public string NameOf(string key, string? fallback = null) => Read(key, value => value.AsName(), fallback, "");

    public string? OptionalName(string key) => Optional(key)?.AsName();

    public int Int(string key, int? fallback = null, int minimum = int.MinValue, int maximum = int.MaxValue) =>
        Read(key, value => value.Int(minimum, maximum), fallback, Math.Max(minimum, 0));

    public int? OptionalInt(string key, int minimum = int.MinValue, int maximum = int.MaxValue) => Optional(key)?.Int(minimum, maximum);

    public double Double(string key, double? fallback = null, double minimum = double.NegativeInfinity, double maximum = double.PositiveInfinity) =>
        Read(key, value => value.Double(minimum, maximum), fallback, 0);

    public double? OptionalDouble(string key, double minimum = double.NegativeInfinity, double maximum = double.PositiveInfinity) =>
        Optional(key)?.Double(minimum, maximum);

    public bool Bool(string key, bool? fallback = null) => Read(key, value => value.Bool(), fallback, false);

    /// <inheritdoc cref="ConfigurationValue.Duration"/>
    public TimeSpan Duration(string key, TimeSpan? fallback = null, TimeSpan? minimum = null, TimeSpan? maximum = null) =>
        Read(key, value => value.Duration(minimum, maximum), fallback, minimum ?? TimeSpan.Zero);

    public TimeSpan? OptionalDuration(string key, TimeSpan? minimum = null, TimeSpan? maximum = null) => Optional(key)?.Duration(minimum, maximum);

    /// <inheritdoc cref="ConfigurationValue.Choice"/>
    public T Choice<T>(string key, T? fallback = null)
        where T : struct, Enum => Read(key, value => value.Choice<T>(), fallback, default);

    public T? OptionalChoice<T>(string key)
        where T : struct, Enum => Optional(key)?.Choice<T>();

    /// <inheritdoc cref="ConfigurationValue.OneOf"/>
    public string OneOf(string key, IReadOnlyCollection<string> allowed, string? fallback = null, string kind = "value") =>
        Read(key, value => value.OneOf(allowed, kind), fallback, "");

    public string? OptionalOneOf(string key, IReadOnlyCollection<string> allowed, string kind = "value") => Optional(key)?.OneOf(allowed, kind);

    /// <summary>Absolute path; a relative one, the fallback too, starts at the directory of this file.</summary>
    public string FilePath(string key, string? fallback = null) =>
        Read(key, value => value.FilePath(), fallback is null ? null : System.IO.Path.GetFullPath(fallback, context.Directory), "");

    public string? OptionalFilePath(string key) => Optional(key)?.FilePath();

    /// <inheritdoc cref="ConfigurationValue.Url"/>
    public string Url(string key, string? fallback, params IReadOnlyCollection<string> schemes) =>
        Read(key, value => value.Url(schemes), fallback, "");

    public string? OptionalUrl(string key, params IReadOnlyCollection<string> schemes) => Optional(key)?.Url(schemes);

    /// <summary>Items of a list; empty when the key is absent.</summary>
    public ImmutableArray<ConfigurationValue> List(string key) => Optional(key)?.Items() ?? [];

    /// <summary>A list of texts; empty when the key is absent.</summary>
    public ImmutableArray<string> Texts(string key) => [.. List(key).Select(item => item.Text()).Where(text => text.Length > 0)];

    /// <summary>A list of maps; empty when the key is absent.</summary>
    public ImmutableArray<ConfigurationSection> Sections(string key) => [.. List(key).Select(item => item.Section())];

    /// <summary>A required map. When absent, that is the one error: asking the result for its keys adds none.</summary>
    public ConfigurationSection Section(string key)
    {
        if (Optional(key) is { } value)
            return value.Section();
        Missing(key);
        return Absent(context, Place, At(key), key);
    }

    public ConfigurationSection? OptionalSection(string key) => Optional(key)?.Section();

    /// <summary>A map whose keys are names of one kind of thing: one section per name, in the file's order; empty when the key is absent. Names are checked.</summary>
    public ImmutableArray<ConfigurationSection> Named(string key) => [.. Entries(key).Select(value => value.Section())];

    /// <summary>As <see cref="Named"/>, for values of any shape.</summary>
    public ImmutableArray<ConfigurationValue> Entries(string key) => OptionalSection(key)?.All() ?? [];

    /// <summary>Every entry of this map, when its own keys are names.</summary>
    public ImmutableArray<ConfigurationValue> All()
    {
        open = true;
        foreach (var entry in map.Entries)
            if (Names.Refusal(entry.Key) is { } refusal)
                context.Add(entry.Place, At(entry.Key), entry.Key, $"{refusal}; it is {Printable.Quote(entry.Key)}");
        return [.. map.Entries.Select(Value)];
    }

    /// <summary>Records an error at a key of this section, or at the section itself when the key is absent or empty.</summary>
    public void Error(string key, string message)
    {
        if (absent)
            return;
        asked.Add(key);
        var entry = map.Entries.FirstOrDefault(candidate => candidate.Key == key);
        context.Add(entry?.Value.Place.Column > 0 ? entry.Value.Place : entry?.Place ?? Place, key.Length == 0 ? Path : At(key), (entry?.Value as ScalarNode)?.Text, message);
    }

    /// <summary>SHA-256 (lower-case hex) over this map's keys and values in key order: the same whatever the comments, layout, quotes and order of keys.</summary>
    public string ContentHash() => ConfigurationHash.Of(map);

    internal static ConfigurationSection Absent(ConfigurationContext context, TextPlace place, string path, string name) =>
        context.Section(new MapNode(place, []), place, path, name, absent: true);

    internal void RefuseUnaskedKeys()
    {
        if (open)
            return;
        foreach (var entry in map.Entries.Where(entry => !asked.Contains(entry.Key)))
            context.Add(entry.Place, At(entry.Key), (entry.Value as ScalarNode)?.Text, $"unknown key: {Nearest.Hint(entry.Key, asked)}");
    }

    private string At(string key) => Path.Length == 0 ? key : $"{Path}.{key}";

    private ConfigurationValue Value(MapEntry entry) => new(context, entry.Value, entry.Place, At(entry.Key), entry.Key);

    private void Missing(string key)
    {
        if (!absent)
            context.Add(Place, At(key), null, "is required and missing: add it");
    }

    private T Read<T>(string key, Func<ConfigurationValue, T> read, T? fallback, T placeholder)
        where T : struct
    {
        if (Optional(key) is { } value)
            return read(value);
        if (fallback is null)
            Missing(key);
        return fallback ?? placeholder;
    }

    private string Read(string key, Func<ConfigurationValue, string> read, string? fallback, string placeholder)
    {
        if (Optional(key) is { } value)
            return read(value);
        if (fallback is null)
            Missing(key);
        return fallback ?? placeholder;
    }
}
