using System.Globalization;

namespace PatchEdge.Benchmarks;

/// <summary>A command line of <c>--name value</c> pairs and <c>--flag</c>s; what nobody asked for is refused by <see cref="End"/>.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> values = new(StringComparer.Ordinal);

    public Arguments(ReadOnlySpan<string> words)
    {
        for (var i = 0; i < words.Length; i++)
        {
            if (!words[i].StartsWith("--", StringComparison.Ordinal))
                throw new ArgumentException($"'{words[i]}' is no option. Write --name value.");
            var hasValue = i + 1 < words.Length && !words[i + 1].StartsWith("--", StringComparison.Ordinal);
            values[words[i][2..]] = hasValue ? words[++i] : "";
        }
    }

    public bool Flag(string name) => values.Remove(name);

    public string Text(string name, string otherwise) => values.Remove(name, out var value) ? value : otherwise;

    public string Required(string name) => values.Remove(name, out var value) ? value : throw new ArgumentException($"--{name} is missing.");

    public int Number(string name, int otherwise)
    {
        if (!values.Remove(name, out var value))
            return otherwise;
        return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new ArgumentException($"--{name} {value}: write a whole number.");
    }

    public void End()
    {
        if (values.Count > 0)
            throw new ArgumentException($"Unknown: {string.Join(" ", values.Keys.Select(name => "--" + name))}.");
    }
}
