using System.Text.Json;
using System.Text.Json.Serialization;

namespace PatchEdge.Plant.Messages;

/// <summary>How every message is written: UTF-8 JSON, camelCase names, enumerations by name, nulls left out.</summary>
/// <remarks>Reading refuses a property given twice, a null or nothing where a value is required, and enumerations by number; it passes over what it does not know.</remarks>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 16)]
[JsonSerializable(typeof(LineReport))]
[JsonSerializable(typeof(GatewayStatus))]
[JsonSerializable(typeof(CoverageDigest))]
[JsonSerializable(typeof(AgentStatus))]
[JsonSerializable(typeof(PermitOffer))]
[JsonSerializable(typeof(PermitRequest))]
[JsonSerializable(typeof(Permit))]
[JsonSerializable(typeof(GoAheadRequest))]
[JsonSerializable(typeof(GoAhead))]
[JsonSerializable(typeof(HoldRequest))]
[JsonSerializable(typeof(HoldReply))]
[JsonSerializable(typeof(RunProgress))]
[JsonSerializable(typeof(ProgressAcknowledged))]
[JsonSerializable(typeof(EmergencyStopPressed))]
[JsonSerializable(typeof(LedgerHead))]
[JsonSerializable(typeof(Continuity.Gap))]
[JsonSerializable(typeof(Continuity.Attestation))]
public sealed partial class MessageJson : JsonSerializerContext
{
    /// <summary>Largest message any of us accepts, in bytes.</summary>
    public const int MaximumBytes = 256 * 1024;
}
