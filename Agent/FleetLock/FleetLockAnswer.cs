using System.Text.Json.Serialization;

namespace PatchEdge.Agent.FleetLock;

/// <param name="Status">Of HTTP; 200 alone means yes.</param>
/// <param name="Kind">One of a few words, which clients count; empty with 200.</param>
/// <param name="Value">For people; empty with 200.</param>
internal sealed record FleetLockAnswer(int Status, string Kind, string Value)
{
    public static FleetLockAnswer Yes { get; } = new(200, "", "");
}

/// <summary>Body of both requests.</summary>
internal sealed record FleetLockRequest
{
    public FleetLockClient? ClientParams { get; init; }
}

internal sealed record FleetLockClient
{
    public string? Id { get; init; }

    public string? Group { get; init; }
}

/// <summary>Body of a refusal.</summary>
internal sealed record FleetLockRefusal(string Kind, string Value);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, MaxDepth = 8)]
[JsonSerializable(typeof(FleetLockRequest))]
[JsonSerializable(typeof(FleetLockRefusal))]
internal sealed partial class FleetLockJson : JsonSerializerContext;
