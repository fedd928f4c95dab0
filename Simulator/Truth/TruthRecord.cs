using System.Text.Json;
using System.Text.Json.Serialization;

namespace PatchEdge.Simulator.Truth;

/// <summary>Something that really happened, written where it happened: by the equipment or by the step that ran on a host.</summary>
/// <param name="At">UTC.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Subject">A line, or a host.</param>
/// <param name="Detail">A unit's state, or a step's name.</param>
/// <param name="Run">The run that a step belongs to; null for equipment.</param>
internal sealed record TruthRecord(DateTimeOffset At, TruthKind Kind, string Subject, string Detail, string? Run = null);

internal enum TruthKind
{
    /// <summary>A line works on product from now on.</summary>
    LineActive,

    /// <summary>A line stands still from now on.</summary>
    LineIdle,

    StepStarted,

    StepEnded,

    ServerStarted,

    /// <summary>A program was ended without warning.</summary>
    Killed,

    /// <summary>A program stood still for a while.</summary>
    Frozen,

    /// <summary>Nothing passed between a server and its clients for a while.</summary>
    NetworkCut,

    /// <summary>A program of the plant went on after it had stood still, as only a machine does that has too much to do.</summary>
    StoodStill,
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(TruthRecord))]
internal sealed partial class TruthJson : JsonSerializerContext;

/// <summary>A file of <see cref="TruthRecord"/>s, one JSON object a line, appended to by one process.</summary>
internal sealed class TruthFile(string path) : IDisposable
{
    private readonly Lock gate = new();
    private readonly FileStream stream = new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);

    public void Append(TruthRecord record)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(record, TruthJson.Default.TruthRecord);
        lock (gate)
        {
            stream.Write([.. line, (byte)'\n']);
            stream.Flush();
        }
    }

    public void Dispose() => stream.Dispose();

    /// <summary>All whole records of a folder's files, in time order; a line torn by a kill is left out.</summary>
    public static List<TruthRecord> ReadAll(string folder)
    {
        var records = new List<TruthRecord>();
        foreach (var file in Directory.EnumerateFiles(folder, "*.jsonl"))
            foreach (var line in File.ReadLines(file))
                if (line.EndsWith('}') && JsonSerializer.Deserialize(line, TruthJson.Default.TruthRecord) is { } record)
                    records.Add(record);
        return [.. records.OrderBy(record => record.At)];
    }
}
