using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace PatchEdge.Scheduler.Configuration;

/// <summary>What must be the same at every scheduler of one database: the plant file as it was at the start, calendars and training tables as they are, and the policies of scheduler.yaml.</summary>
/// <remarks>Files are told by their digests, so that which one differs can be named; policies by their values. One caller.</remarks>
internal sealed class SharedConfiguration
{
    /// <summary>Files of one directory that are told apart; of more, only that some differ.</summary>
    private const int MostFiles = 100;

    /// <summary>Parts of a difference that are named.</summary>
    private const int MostNamed = 6;

    private static readonly TimeSpan ReadEvery = TimeSpan.FromSeconds(30);

    private readonly SchedulerOptions options;
    private readonly TimeProvider time;
    private readonly ImmutableSortedDictionary<string, string> lasting;
    private long readAt;

    public SharedConfiguration(SchedulerOptions options, TimeProvider time)
    {
        (this.options, this.time) = (options, time);
        lasting = Policies(options).ToImmutableSortedDictionary(StringComparer.Ordinal).Add("plant.yaml", Digest(options.Plant));
        Text = Read();
    }

    /// <summary>JSON, for others to compare theirs with.</summary>
    public string Text { get; private set; }

    /// <summary>Looks at the files again that may change while the scheduler runs, once in a while.</summary>
    public void Refresh()
    {
        if (time.GetElapsedTime(readAt) >= ReadEvery)
            Text = Read();
    }

    /// <summary>Names of the parts that differ, such as <c>plant.yaml</c>; empty when none does, or the other said nothing that can be read.</summary>
    public ImmutableArray<string> DifferencesFrom(string other)
    {
        var (mine, theirs) = (Parse(Text), Parse(other));
        if (theirs.IsEmpty)
            return [];
        string[] names = [.. mine.Keys.Union(theirs.Keys).Where(name => mine.GetValueOrDefault(name) != theirs.GetValueOrDefault(name)).Order(StringComparer.Ordinal)];
        return names.Length <= MostNamed ? [.. names] : [.. names.Take(MostNamed), $"{names.Length - MostNamed} more"];
    }

    private static ImmutableSortedDictionary<string, string> Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, string>>(text)?.ToImmutableSortedDictionary(StringComparer.Ordinal) ?? ImmutableSortedDictionary<string, string>.Empty;
        }
        catch (JsonException)
        {
            return ImmutableSortedDictionary<string, string>.Empty;
        }
    }

    private string Read()
    {
        readAt = time.GetTimestamp();
        return JsonSerializer.Serialize(lasting.AddRange(Files("calendars", options.Calendars, "*.ics")).AddRange(Files("training", options.Training.Records, "*.csv")));
    }

    private static IEnumerable<KeyValuePair<string, string>> Policies(SchedulerOptions options)
    {
        yield return Policy("approvals", options.Approvals);
        yield return Policy("concurrency", options.Concurrency);
        yield return Policy("margin", options.Margin);
        yield return Policy("start-jitter", options.StartJitter);
        yield return Policy("permit-lifetime", options.PermitLifetime);
        yield return Policy("clock-limit", options.ClockLimit);
        yield return Policy("verify-for", options.VerifyFor);
        yield return Policy("verify-within", options.VerifyWithin);
        yield return Policy("agent-silence", options.AgentSilence);
        yield return Policy("attempts", options.Attempts);
        yield return Policy("advisory-release", options.AdvisoryRelease);
        yield return Policy("hold-margin", options.HoldMargin);
        yield return Policy("training", $"{string.Join(',', options.Training.Approve)}|{string.Join(',', options.Training.Override)}");
        foreach (var (name, facts) in options.Procedures)
            yield return Policy($"procedures {name}", facts);
    }

    private static KeyValuePair<string, string> Policy(string key, object value) => new($"scheduler.yaml {key}", Convert.ToString(value, CultureInfo.InvariantCulture)!);

    private static List<KeyValuePair<string, string>> Files(string name, string directory, string pattern)
    {
        if (directory.Length == 0 || new DirectoryInfo(directory) is not { Exists: true } folder)
            return [];
        var files = folder.EnumerateFiles(pattern).OrderBy(file => file.Name, StringComparer.Ordinal).ToList();
        var each = files.Select(file => KeyValuePair.Create($"{name}/{file.Name}", Digest(file.FullName))).ToList();
        return each.Count <= MostFiles ? each : [KeyValuePair.Create(name, Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(each))))];
    }

    private static string Digest(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "cannot be read";
        }
    }
}
