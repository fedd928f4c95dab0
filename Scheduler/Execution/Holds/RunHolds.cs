using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PatchEdge.Scheduler.Execution.Holds;

/// <summary>Which lines a run may be holding, as stored with it. It lists every line before the first is asked, and a line leaves it only when its controller was heard to be free.</summary>
internal sealed record RunHolds
{
    /// <summary>Fencing token of the intent that the lines were asked with; a run that went back to waiting has none of its own any more.</summary>
    public required long Token { get; init; }

    /// <summary>When the first line was asked, UTC.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>How long the lines were asked to hold.</summary>
    public required long DurationMs { get; init; }

    public required ImmutableArray<LineHold> Lines { get; init; }

    /// <summary>Holds of the run's earlier tries that were granted after their release, each to be cleared too.</summary>
    public ImmutableArray<StrayHold> Strays { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>The earliest moment at which a line may say that its hold has expired: counted from before it was asked.</summary>
    [JsonIgnore]
    public DateTimeOffset Until => Since.AddMilliseconds(DurationMs);

    [JsonIgnore]
    public bool AllGranted => Lines.All(line => line.Stage == HoldStage.Granted);

    public LineHold? Of(string line) => Lines.FirstOrDefault(item => item.Line == line);

    public RunHolds With(LineHold changed) => this with { Lines = [.. Lines.Select(line => line.Line == changed.Line ? changed : line)] };

    /// <summary>Without the line; null when it was the last.</summary>
    public RunHolds? Without(string line)
    {
        var rest = Lines.RemoveAll(item => item.Line == line);
        return rest.IsEmpty && Strays.IsEmpty ? null : this with { Lines = rest };
    }

    /// <summary>Without the stray hold; null when nothing is left.</summary>
    public RunHolds? Without(StrayHold stray)
    {
        var rest = Strays.Remove(stray);
        return rest.IsEmpty && Lines.IsEmpty ? null : this with { Strays = rest };
    }

    public RunHolds Releasing() => this with { Lines = [.. Lines.Select(line => line with { Stage = HoldStage.Releasing })] };

    public string Write() => JsonSerializer.Serialize(this, RunHoldsJson.Default.RunHolds);

    /// <summary>Null for null.</summary>
    public static RunHolds? Read(string? stored) => stored is null ? null : JsonSerializer.Deserialize(stored, RunHoldsJson.Default.RunHolds);
}

/// <summary>One line's hold.</summary>
/// <param name="Line">The line.</param>
/// <param name="Stage">How far it has come.</param>
/// <param name="Gateway">Who carried it; empty before one answered.</param>
/// <param name="Epoch">The controller's count of grants; null when it did not say.</param>
/// <param name="ReadAt">When the line was read again after the grant, UTC by the gateway's clock; null before.</param>
/// <param name="ExpiryNoted">Its expiry is on record, and people were called.</param>
internal sealed record LineHold(string Line, HoldStage Stage, string Gateway = "", long? Epoch = null, DateTimeOffset? ReadAt = null, bool ExpiryNoted = false);

/// <summary>A line that is held with a token of an earlier try.</summary>
/// <param name="Line">The line.</param>
/// <param name="Token">The token.</param>
/// <param name="Gateway">Who carried it.</param>
internal sealed record StrayHold(string Line, long Token, string Gateway);

[JsonConverter(typeof(JsonStringEnumConverter<HoldStage>))]
internal enum HoldStage
{
    /// <summary>It is, or may have been, asked; whether it is held is not known.</summary>
    Asked,

    /// <summary>Its controller refuses to start, and the line was read as idle after it said so.</summary>
    Granted,

    /// <summary>It is to be free again; its controller has not been heard to be.</summary>
    Releasing,
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RunHolds))]
internal sealed partial class RunHoldsJson : JsonSerializerContext;
