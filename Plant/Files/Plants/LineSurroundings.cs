using System.Collections.Immutable;
using PatchEdge.Plant.Model;
using PatchEdge.Plant.States;

namespace PatchEdge.Plant.Files.Plants;

/// <summary>What a line refers to outside itself.</summary>
internal sealed record LineSurroundings(
    PlantDefaults Defaults, ImmutableArray<StateProfile> Profiles, ImmutableArray<OpcUaServer> Servers, ImmutableArray<GatewayNode> Gateways)
{
    public ImmutableArray<string> ServerNames { get; } = [.. Servers.Select(server => server.Name)];

    public ImmutableArray<string> ProfileNames { get; } = [.. Profiles.Select(profile => profile.Name)];

    public StateProfile? Profile(string? name) => Profiles.FirstOrDefault(profile => profile.Name == name);

    public TimeSpan PublishingOf(string server) => Server(server)?.PublishingInterval ?? TimeSpan.Zero;

    public OpcUaServer? Server(string name) => Servers.FirstOrDefault(server => server.Name == name);
}
