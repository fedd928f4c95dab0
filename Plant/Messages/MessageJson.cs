using System.Text.Json;
using System.Text.Json.Serialization;

namespace PatchEdge.Plant.Messages;

/// <summary>How every message is written: UTF-8 JSON, camelCase names, enumerations by name, nulls left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 16)]
[JsonSerializable(typeof(LineReport))]
[JsonSerializable(typeof(GatewayStatus))]
[JsonSerializable(typeof(AgentStatus))]
[JsonSerializable(typeof(PermitOffer))]
[JsonSerializable(typeof(PermitRequest))]
[JsonSerializable(typeof(Permit))]
[JsonSerializable(typeof(GoAheadRequest))]
[JsonSerializable(typeof(GoAhead))]
[JsonSerializable(typeof(RunProgress))]
[JsonSerializable(typeof(ProgressAcknowledged))]
[JsonSerializable(typeof(Continuity.Gap))]
[JsonSerializable(typeof(Continuity.Attestation))]
public sealed partial class MessageJson : JsonSerializerContext
{
    /// <summary>Largest message any of us accepts, in bytes.</summary>
    public const int MaximumBytes = 256 * 1024;
}
