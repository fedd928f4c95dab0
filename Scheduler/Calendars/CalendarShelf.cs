using System.Collections.Immutable;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Model;
using PatchEdge.Plant.Time;

namespace PatchEdge.Scheduler.Calendars;

/// <summary>The calendars directory as last read. Thread-safe.</summary>
/// <param name="directory">Where the <c>*.ics</c> files are; a missing one is an empty one.</param>
/// <param name="plant">Gives the names that scopes may use.</param>
/// <param name="time">The clock.</param>
/// <param name="batches">Where planned batches are put as <c>*.ics</c> and <c>*.csv</c>; null when they are not.</param>
internal sealed class CalendarShelf(string directory, PlantModel plant, TimeProvider time, string? batches = null)
{
    /// <summary>How far occurrences are resolved: a year's preview and some more.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(400);

    private static readonly TimeSpan Behind = TimeSpan.FromDays(8);

    private volatile CalendarFacts current = CalendarFacts.Empty;
    private volatile string fingerprint = "";

    public CalendarFacts Current => current;

    /// <summary>Reads the directory again when a file changed or the horizon has come near.</summary>
    /// <returns>True when anything was read.</returns>
    public bool Refresh()
    {
        var now = time.GetUtcNow();
        var files = Files();
        var seen = string.Join('|', files.Select(file => $"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}"));
        if (seen == fingerprint && current.Horizon.End - now > Ahead - TimeSpan.FromDays(2))
            return false;
        var horizon = new TimeRange(now - Behind, now + Ahead);
        var rules = ImmutableArray.CreateBuilder<CalendarRule>();
        var errors = ImmutableArray.CreateBuilder<ConfigurationError>();
        foreach (var file in files)
        {
            var isBatches = file.DirectoryName != Path.GetFullPath(directory).TrimEnd(Path.DirectorySeparatorChar);
            var read = file.Extension.Equals(".csv", StringComparison.OrdinalIgnoreCase)
                ? new BatchTable(file.FullName, plant, horizon).Read()
                : new CalendarFile(file.FullName, plant, horizon, isBatches).Read();
            rules.AddRange(read.Rules);
            errors.AddRange(read.Errors);
        }

        errors.AddRange(Overlaps(rules));
        current = new CalendarFacts(rules.ToImmutable(), errors.ToImmutable(), horizon);
        fingerprint = seen;
        return true;
    }

    private List<FileInfo> Files()
    {
        return [.. Files(directory, "*.ics"), .. batches is null ? [] : Files(batches, "*.ics").Concat(Files(batches, "*.csv"))];

        static IEnumerable<FileInfo> Files(string directory, string pattern) =>
            new DirectoryInfo(directory) is { Exists: true } folder ? folder.EnumerateFiles(pattern).OrderBy(file => file.Name, StringComparer.Ordinal) : [];
    }

    /// <summary>Two windows of one scope that overlap are a slip of the pen: which of them was meant?</summary>
    private IEnumerable<ConfigurationError> Overlaps(IEnumerable<CalendarRule> rules)
    {
        foreach (var scope in rules.Where(rule => rule.Kind == CalendarKind.Window).GroupBy(rule => rule.Scope))
        {
            var ordered = scope.SelectMany(rule => rule.Occurrences.Select(range => (range, rule))).OrderBy(item => item.range.Start).ToList();
            for (var i = 1; i < ordered.Count; i++)
            {
                var (earlier, later) = (ordered[i - 1], ordered[i]);
                if (!earlier.range.Overlaps(later.range))
                    continue;
                var place = later.rule.Where.Split(':');
                yield return new ConfigurationError(
                    Path.Combine(directory, place[0]), int.Parse(place[^1]), "DTSTART", null,
                    $"'{later.rule.Title}' overlaps '{earlier.rule.Title}' ({earlier.rule.Where}) at {later.range.Start:u}: join them, or move one");
                break;
            }
        }
    }
}
