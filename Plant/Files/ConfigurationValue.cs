using System.Collections.Immutable;
using System.Globalization;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Plant.Files;

/// <summary>One value of a configuration file, not yet read as any type. Reading it as the wrong one records an error and returns a placeholder.</summary>
public sealed class ConfigurationValue
{
    private readonly ConfigurationContext context;
    private readonly ConfigurationNode node;

    internal ConfigurationValue(ConfigurationContext context, ConfigurationNode node, TextPlace place, string path, string name)
    {
        this.context = context;
        this.node = node;
        Place = place;
        Path = path;
        Name = name;
    }

    /// <summary>Line from 1.</summary>
    public int Line => Place.Line;

    internal TextPlace Place { get; }

    /// <summary>Keys from the root: <c>servers.filling.url</c>, <c>lines[2]</c>.</summary>
    public string Path { get; }

    /// <summary>Its own key; empty in a list.</summary>
    public string Name { get; }

    public bool IsText => node is ScalarNode { IsNull: false };

    public bool IsList => node is ListNode;

    public bool IsMap => node is MapNode;

    public string? Raw => (node as ScalarNode)?.Text;

    public string Text() => Scalar("text") is { } scalar
        ? scalar.Text.Any(character => char.IsControl(character) && character is not ('\n' or '\t'))
            ? Refuse("cannot contain control characters", "")
            : scalar.Text
        : "";

    /// <summary>Text that is a valid name; see <see cref="Names"/>.</summary>
    public string AsName() => Scalar("a name") is not { } scalar ? ""
        : Names.Refusal(scalar.Text) is { } refusal ? Refuse($"{refusal}; it is {Printable.Quote(scalar.Text)}", "")
        : scalar.Text;

    public int Int(int minimum = int.MinValue, int maximum = int.MaxValue)
    {
        if (Unquoted("a whole number") is not { } text)
            return minimum > 0 ? minimum : 0;
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return Refuse($"must be a whole number{Within(minimum, maximum, int.MinValue, int.MaxValue)}, not {Printable.Quote(text)}", Math.Max(minimum, 0));
        return number >= minimum && number <= maximum ? number
            : Refuse($"must be a whole number{Within(minimum, maximum, int.MinValue, int.MaxValue)}, not {text}", Math.Max(minimum, 0));
    }

    public double Double(double minimum = double.NegativeInfinity, double maximum = double.PositiveInfinity)
    {
        if (Unquoted("a number") is not { } text)
            return 0;
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(text, Style, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && number >= minimum && number <= maximum
            ? number
            : Refuse($"must be a number{Within(minimum, maximum, double.NegativeInfinity, double.PositiveInfinity)}, not {Printable.Quote(text)}", 0);
    }

    public bool Bool() => Unquoted("true or false") switch
    {
        "true" => true,
        "false" or null => false,
        var text => Refuse($"must be true or false, not {Printable.Quote(text)}", false),
    };

    /// <summary>A <see cref="Durations">duration</see> within the given bounds, both inclusive.</summary>
    public TimeSpan Duration(TimeSpan? minimum = null, TimeSpan? maximum = null)
    {
        var placeholder = minimum ?? TimeSpan.Zero;
        if (Unquoted("a duration") is not { } text)
            return placeholder;
        if (!Durations.TryParse(text, out var duration))
            return Refuse($"must be a duration: {Durations.Expected}, not {Printable.Quote(text)}", placeholder);
        if (duration < minimum)
            return Refuse($"must be at least {Durations.Format(minimum.Value)}, not {text}", placeholder);
        return duration <= (maximum ?? TimeSpan.MaxValue) ? duration
            : Refuse($"must be at most {Durations.Format(maximum!.Value)}, not {text}", placeholder);
    }

    /// <summary>One of the enumeration's names in kebab-case: <c>sign-and-encrypt</c>.</summary>
    public T Choice<T>()
        where T : struct, Enum
    {
        var names = Enum.GetNames<T>();
        var chosen = OneOf(names.Select(Names.Kebab).ToArray());
        return names.Zip(Enum.GetValues<T>()).FirstOrDefault(pair => Names.Kebab(pair.First) == chosen).Second;
    }

    /// <summary>One of the allowed texts, case and all; the kind of thing is for the message.</summary>
    public string OneOf(IReadOnlyCollection<string> allowed, string kind = "value")
    {
        if (Scalar($"a {kind}") is not { } scalar)
            return "";
        return allowed.Contains(scalar.Text) ? scalar.Text
            : Refuse($"{Printable.Quote(scalar.Text)} is not a known {kind}: {Nearest.Hint(scalar.Text, allowed)}", "");
    }

    /// <summary>Absolute path; a relative one starts at the directory of the file that names it.</summary>
    public string FilePath()
    {
        if (Text() is not { Length: > 0 } text)
            return IsText ? Refuse("must be a path, it is empty", "") : "";
        return text.Contains('\n') ? Refuse("must be a path on one line", "")
            : System.IO.Path.GetFullPath(text, context.Directory);
    }

    /// <summary>An absolute URL of one of the schemes, without user or password in it.</summary>
    public string Url(params IReadOnlyCollection<string> schemes)
    {
        if (Text() is not { Length: > 0 } text)
            return IsText ? Refuse("must be a URL, it is empty", "") : "";
        var expected = $"must be a URL such as {schemes.First()}://host:port";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
            return Refuse($"{expected}, not {Printable.Quote(text)}", "");
        if (!schemes.Contains(uri.Scheme))
            return Refuse($"{expected}; '{uri.Scheme}' is not a known scheme: {Nearest.Hint(uri.Scheme, schemes)}", "");
        return uri.UserInfo.Length == 0 ? text : Refuse("must not hold a user or password: use the keys for them", "");
    }

    public ImmutableArray<ConfigurationValue> Items()
    {
        if (node is ListNode list)
            return [.. list.Items.Select((item, index) => new ConfigurationValue(context, item, item.Place, $"{Path}[{index}]", ""))];
        Refuse("must be a list, such as [first, second]", false);
        return [];
    }

    /// <summary>A map; an empty value is an empty map.</summary>
    public ConfigurationSection Section()
    {
        switch (node)
        {
            case MapNode map:
                return context.Section(map, Place, Path, Name);
            case ScalarNode { IsNull: true }:
                return context.Section(new MapNode(Place, []), Place, Path, Name);
            default:
                Refuse("must be a map of keys and values", false);
                return ConfigurationSection.Absent(context, Place, Path, Name);
        }
    }

    /// <summary>Records an error about this value.</summary>
    public void Error(string message) => context.Add(Place, Path, Raw, message);

    private T Refuse<T>(string message, T placeholder)
    {
        Error(message);
        return placeholder;
    }

    private ScalarNode? Scalar(string expected)
    {
        switch (node)
        {
            case ScalarNode { IsNull: false } scalar:
                return scalar;
            case ScalarNode:
                Error($"needs a value: {expected}");
                return null;
            default:
                Error($"must be {expected}, not a {(IsList ? "list" : "map")}");
                return null;
        }
    }

    private string? Unquoted(string expected)
    {
        if (Scalar(expected) is not { } scalar)
            return null;
        if (scalar.Plain)
            return scalar.Text;
        Error($"must be {expected}: remove the quotes around {Printable.Quote(scalar.Text)}");
        return null;
    }

    private static string Within<T>(T minimum, T maximum, T lowest, T highest)
        where T : IEquatable<T> => (minimum.Equals(lowest), maximum.Equals(highest)) switch
        {
            (true, true) => "",
            (false, true) => $" of at least {minimum}",
            (true, false) => $" of at most {maximum}",
            _ => $" from {minimum} to {maximum}",
        };
}
