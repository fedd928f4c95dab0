using System.Collections.Immutable;
using PatchEdge.Plant.Files;
using PatchEdge.Scheduler.Configuration;

namespace PatchEdge.Scheduler.Training;

/// <summary>The directory of training tables as last read. Thread-safe.</summary>
internal sealed class TrainingShelf(SchedulerOptions options)
{
    private const int MaximumFiles = 1_000;

    private volatile TrainingFacts current = new(options.Training, [], []);
    private volatile string fingerprint = "";

    public TrainingFacts Current => current;

    /// <summary>Reads every <c>*.csv</c> of the directory again when a file was added, changed or taken away; a missing directory is an empty one.</summary>
    /// <returns>True when anything was read.</returns>
    /// <exception cref="IOException">The directory cannot be read; what was read before goes on counting.</exception>
    public bool Refresh()
    {
        var files = options.Training.Records.Length > 0 && new DirectoryInfo(options.Training.Records) is { Exists: true } folder
            ? folder.EnumerateFiles("*.csv").OrderBy(file => file.Name, StringComparer.Ordinal).Take(MaximumFiles).ToList()
            : [];
        var seen = string.Join('|', files.Select(file => $"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}"));
        if (seen == fingerprint)
            return false;
        var records = ImmutableArray.CreateBuilder<TrainingRecord>();
        var errors = ImmutableArray.CreateBuilder<ConfigurationError>();
        foreach (var file in files)
        {
            var read = new TrainingTable(file.FullName).Read();
            records.AddRange(read.Records);
            errors.AddRange(read.Errors);
        }

        current = new TrainingFacts(options.Training, records.ToImmutable(), errors.ToImmutable());
        fingerprint = seen;
        return true;
    }
}
