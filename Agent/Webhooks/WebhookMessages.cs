using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace PatchEdge.Agent.Webhooks;

/// <summary>Body of the POST that begins a step.</summary>
internal sealed record WebhookCall
{
    public required string Site { get; init; }

    public required string Host { get; init; }

    public required string Run { get; init; }

    public required long Token { get; init; }

    public required ImmutableArray<string> Lines { get; init; }

    public required string Step { get; init; }

    public required string PatchDigest { get; init; }

    /// <summary>The signed permit as it came: JWS compact, ES256.</summary>
    public required string Permit { get; init; }

    /// <summary>The same for every POST of this step of this run; the far end drops a second one.</summary>
    public required string IdempotencyKey { get; init; }
}

/// <summary>What a far end answers to a POST or a poll.</summary>
internal sealed record WebhookAnswer
{
    public WebhookStatus Status { get; init; }

    /// <summary>Where to ask on while it runs: relative, or of the same origin. Null keeps asking where it was asked last.</summary>
    public string? Poll { get; init; }

    /// <summary>For people.</summary>
    public string? Output { get; init; }
}

internal enum WebhookStatus
{
    /// <summary>The answer says nothing that is known here.</summary>
    None,
    Running,
    Succeeded,
    Failed,
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, MaxDepth = 16)]
[JsonSerializable(typeof(WebhookCall))]
[JsonSerializable(typeof(WebhookAnswer))]
internal sealed partial class WebhookJson : JsonSerializerContext;
