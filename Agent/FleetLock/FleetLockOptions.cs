using PatchEdge.Plant.Files;

namespace PatchEdge.Agent.FleetLock;

/// <summary>How the host's FleetLock client, such as Zincati, reaches the agent.</summary>
internal sealed record FleetLockOptions
{
    /// <summary>Base URL without the secret, ending in a slash.</summary>
    public required string Listen { get; init; }

    /// <summary>The only id that is listened to: that of the host this agent acts for.</summary>
    public required string ClientId { get; init; }

    /// <summary>The only group; null takes any.</summary>
    public string? Group { get; init; }

    /// <summary>Certificate of an <c>https</c> address; null for <c>http</c>, which only the loopback may have unasked.</summary>
    public TlsFiles? Tls { get; init; }

    /// <summary>File of a secret that is the first part of the path, since such clients can be given nothing but a base URL; null has none.</summary>
    public string? SecretFile { get; init; }
}
