using PatchEdge.OpcUa.Transport;

namespace PatchEdge.OpcUa.Client;

/// <summary>Patience and clock of <see cref="UaDiscovery"/>.</summary>
public sealed record DiscoveryOptions
{
    /// <summary>For connecting, and again for the answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    public TransportLimits TransportLimits { get; init; } = new();

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
