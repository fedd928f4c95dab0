using System.Collections.Immutable;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Model;
using PatchEdge.Plant.States;

namespace PatchEdge.Plant.Files.Plants;

/// <summary>What a line refers to outside itself.</summary>
internal sealed record LineSurroundings(
    PlantDefaults Defaults, ImmutableArray<StateProfile> Profiles, ReadServers Known, ImmutableArray<GatewayNode> Gateways, int Historians)
{
    /// <summary>What a list of servers may name: servers and redundancy sets.</summary>
    public ImmutableArray<string> ServerNames => Known.Names;

    public ImmutableArray<string> ProfileNames { get; } = [.. Profiles.Select(profile => profile.Name)];

    public StateProfile? Profile(string? name) => Profiles.FirstOrDefault(profile => profile.Name == name);

    public TimeSpan PublishingOf(string server) => Server(server)?.PublishingInterval ?? TimeSpan.Zero;

    public OpcUaServer? Server(string name) => Known.Servers.FirstOrDefault(server => server.Name == name);
}
