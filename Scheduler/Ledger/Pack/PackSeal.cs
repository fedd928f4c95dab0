using System.Text.Json.Serialization;

namespace PatchEdge.Scheduler.Ledger.Pack;

/// <summary>What the scheduler's key signs of an evidence pack: its manifest, and with it every byte of the pack.</summary>
internal sealed record PackSeal
{
    public required string Site { get; init; }

    public required string Run { get; init; }

    /// <summary>SHA-256 (lower-case hex) of the manifest.</summary>
    public required string Manifest { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, AllowDuplicateProperties = false, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, MaxDepth = 16)]
[JsonSerializable(typeof(PackSeal))]
internal sealed partial class PackJson : JsonSerializerContext;
