using System.Collections.Immutable;
using PatchEdge.Plant.States;

namespace PatchEdge.Plant.Model;

/// <summary>One site as its plant file describes it: what is produced where, watched by what, and which hosts may be patched.</summary>
/// <remarks>Immutable. Every name is unique within its kind, and every reference by name resolves: the loader has checked it.</remarks>
public sealed record PlantModel
{
    /// <summary>Site name (ISA-95), the first level of every topic and every point's <c>site</c>.</summary>
    public required string Site { get; init; }

    public required ImmutableArray<OpcUaServer> Servers { get; init; }

    /// <summary>Which of the servers stand in for each other.</summary>
    public ImmutableArray<RedundancySet> RedundancySets { get; init; } = [];

    public required ImmutableArray<GatewayNode> Gateways { get; init; }

    public required ImmutableArray<Historian> Historians { get; init; }

    public required ImmutableArray<Area> Areas { get; init; }

    public required ImmutableArray<Host> Hosts { get; init; }

    /// <summary>Every state profile that the plant file may name: the built-in ones and those it defines.</summary>
    public ImmutableArray<StateProfile> Profiles { get; init; } = [.. StateProfiles.All];

    /// <summary>SHA-256 (lower-case hex) over the canonical content; equal content, whatever its comments and layout, has an equal hash.</summary>
    public required string Hash { get; init; }

    public IEnumerable<Line> Lines => Areas.SelectMany(area => area.Lines);

    public IEnumerable<Tag> Tags => Lines.SelectMany(line => line.Tags);

    /// <summary>The profile of that name, as a <see cref="StateCondition"/> refers to it.</summary>
    /// <exception cref="KeyNotFoundException">No such profile.</exception>
    public StateProfile Profile(string name) =>
        Profiles.FirstOrDefault(profile => profile.Name == name) ?? throw new KeyNotFoundException($"There is no state profile '{name}'.");
}
