using System.Diagnostics.CodeAnalysis;

namespace PatchEdge.Gateway.Delivery.Verification;

/// <summary>Numbers series and fields, however they are written.</summary>
internal sealed class SeriesTable
{
    private readonly Dictionary<byte[], int> byBytes = new(Bytes.Comparer);
    private readonly Dictionary<byte[], int> fields = new(Bytes.Comparer);
    private readonly Dictionary<string, int> byIdentity = new(StringComparer.Ordinal);
    private readonly List<string> identities = [];

    public string this[int series] => identities[series];

    public static string Identity(string measurement, IEnumerable<KeyValuePair<string, string>> tags) =>
        measurement + string.Concat(tags.Where(tag => tag.Value.Length > 0).OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => $"\n{tag.Key}={tag.Value}"));

    /// <summary>A tag's value in a series' identity; empty when it has none.</summary>
    public static string TagOf(string identity, string tag)
    {
        foreach (var line in identity.AsSpan().EnumerateLines())
            if (line.StartsWith(tag, StringComparison.Ordinal) && line.Length > tag.Length && line[tag.Length] == '=')
                return line[(tag.Length + 1)..].ToString();
        return "";
    }

    public static string MeasurementOf(string identity) => identity.IndexOf('\n', StringComparison.Ordinal) is >= 0 and var end ? identity[..end] : identity;

    /// <param name="series">Measurement and tags in line protocol.</param>
    public int Series(ReadOnlySpan<byte> series)
    {
        var lookup = byBytes.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (lookup.TryGetValue(series, out var number))
            return number;
        number = Series(PointLine.Identity(series));
        lookup[series] = number;
        return number;
    }

    public int Series(string identity)
    {
        if (byIdentity.TryGetValue(identity, out var number))
            return number;
        identities.Add(identity);
        return byIdentity[identity] = identities.Count - 1;
    }

    public int Field(ReadOnlySpan<byte> name)
    {
        var lookup = fields.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (name.Contains((byte)'\\'))
            name = name.ToArray().Where(single => single != (byte)'\\').ToArray();
        if (!lookup.TryGetValue(name, out var number))
            lookup[name] = number = fields.Count;
        return number;
    }

    private sealed class Bytes : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly Bytes Comparer = new();

        public bool Equals(byte[]? one, byte[]? other) => one.AsSpan().SequenceEqual(other);

        public int GetHashCode([DisallowNull] byte[] bytes) => GetHashCode(bytes.AsSpan());

        public byte[] Create(ReadOnlySpan<byte> bytes) => bytes.ToArray();

        public bool Equals(ReadOnlySpan<byte> one, byte[] other) => one.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> bytes) => FieldDigest.Of(bytes).GetHashCode();
    }
}
