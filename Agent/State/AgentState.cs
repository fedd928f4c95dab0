using System.Text.Json;
using System.Text.Json.Serialization;
using PatchEdge.Agent.Execution;

namespace PatchEdge.Agent.State;

/// <summary>Everything the agent must not forget: the fencing token and where its run stands.</summary>
internal sealed record AgentState
{
    public const int CurrentVersion = 1;

    public required int Version { get; init; }

    public required string Site { get; init; }

    public required string Host { get; init; }

    /// <summary>Highest fencing token ever accepted; 0 before the first. It never sinks.</summary>
    public required long HighestToken { get; init; }

    /// <summary>The present or last run; null before the first.</summary>
    public RunRecord? Run { get; init; }

    /// <summary>The run that still occupies the agent: under way, or ended without the scheduler having that on record.</summary>
    [JsonIgnore]
    public RunRecord? Pending => Run is { IsSettled: false } run ? run : null;
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(AgentState))]
internal sealed partial class StateJson : JsonSerializerContext;
