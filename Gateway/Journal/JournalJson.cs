using System.Text.Json;
using System.Text.Json.Serialization;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Journal;

/// <summary>How the journal writes what is not readings: as messages are written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Gap[]))]
[JsonSerializable(typeof(LineReport[]))]
[JsonSerializable(typeof(CoverageRecord[]))]
[JsonSerializable(typeof(HealthRecord))]
[JsonSerializable(typeof(ReleaseRecord))]
internal sealed partial class JournalJson : JsonSerializerContext;
