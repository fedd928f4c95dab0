using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using PatchEdge.Scheduler.Ledger;

namespace PatchEdge.Scheduler.Planning.Coverage;

/// <summary>What two people accept to lose of the record while a run has its host: which critical tags may be without a path, and for how long. Immutable.</summary>
/// <param name="Longest">Longest gap of each of them.</param>
/// <param name="Lost">By line, in order.</param>
internal sealed record GapBudget(TimeSpan Longest, ImmutableArray<LostTags> Lost)
{
    /// <summary>No host is given away for longer.</summary>
    public static readonly TimeSpan LongestAllowed = TimeSpan.FromDays(1);

    /// <summary>SHA-256 (lower-case hex) of what may be lost, without for how long: what somebody looked at.</summary>
    public string LostDigest => Digest(Lost);

    /// <summary>For a verdict and the ledger: <c>3 of Filling (a, b, c)</c>.</summary>
    public string Words => string.Join("; ", Lost.Select(line => line.Words));

    /// <summary>Whether these tags are among those that were signed away.</summary>
    public bool Covers(string line, IEnumerable<string> tags) => Lost.FirstOrDefault(lost => lost.Line == line) is { } signed && signed.Covers(tags);

    public static string Digest(ImmutableArray<LostTags> lost) => LedgerBook.Hash(CanonicalJson.Write(new JsonObject { ["lost"] = Write(lost) }));

    public JsonObject Write() => new() { ["longestMs"] = (long)Longest.TotalMilliseconds, ["lost"] = Write(Lost) };

    /// <summary>What <see cref="Write()"/> wrote.</summary>
    public static GapBudget Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        return new GapBudget(TimeSpan.FromMilliseconds(root.GetProperty("longestMs").GetInt64()),
            [.. root.GetProperty("lost").EnumerateArray().Select(line => new LostTags(
                line.GetProperty("line").GetString()!, line.GetProperty("count").GetInt32(), [.. line.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()!)]))]);
    }

    private static JsonArray Write(ImmutableArray<LostTags> lost) => new([.. lost.Select(line => (JsonNode)new JsonObject
    {
        ["line"] = line.Line,
        ["count"] = line.Count,
        ["tags"] = new JsonArray([.. line.Tags.Select(tag => (JsonNode)tag)]),
    })]);

    /// <summary>By value: lines and tags count, not which array holds them.</summary>
    public bool Equals(GapBudget? other) => other is not null && Longest == other.Longest && LostDigest == other.LostDigest;

    public override int GetHashCode() => HashCode.Combine(Longest, Lost.Length);
}

/// <summary>Critical tags of one line that may lose their last path.</summary>
/// <param name="Line">The line.</param>
/// <param name="Count">How many.</param>
/// <param name="Tags">Their names, sorted; none where there were too many to name, and then every critical tag of the line is meant.</param>
public sealed record LostTags(string Line, int Count, ImmutableArray<string> Tags)
{
    /// <summary>More than this many are not named one by one: nobody reads them, and they are signed as a whole.</summary>
    public const int MostNamed = 500;

    private const int MostShown = 5;

    public static LostTags Of(string line, IEnumerable<string> tags)
    {
        string[] names = [.. tags.Order(StringComparer.Ordinal)];
        return new LostTags(line, names.Length, names.Length > MostNamed ? [] : [.. names]);
    }

    public string Words => Tags.IsEmpty ? $"every critical tag of {Line} ({Count} now)"
        : $"{Count} of {Line} ({string.Join(", ", Tags.Take(MostShown))}{(Tags.Length > MostShown ? $" and {Tags.Length - MostShown} more" : "")})";

    public bool Covers(IEnumerable<string> tags) => Tags.IsEmpty || tags.All(tag => Tags.BinarySearch(tag, StringComparer.Ordinal) >= 0);
}
