using System.Collections.Immutable;
using PatchEdge.Plant.Model;

namespace PatchEdge.Scheduler.Planning.Indexes;

/// <summary>A host with all that the plant file ties to it, so that whoever judges it looks for its name once. Made with its <see cref="PlantIndex"/>, and never changed after.</summary>
/// <param name="plant">The plant it belongs to.</param>
/// <param name="number">Which of the plant's hosts it is, from 0.</param>
/// <param name="host">The host.</param>
/// <param name="lines">The lines it serves, in the plant file's order.</param>
internal sealed class PlantHost(PlantModel plant, int number, Host host, ImmutableArray<ServedLine> lines)
{
    public PlantModel Plant { get; } = plant;

    public int Number { get; } = number;

    public Host Host { get; } = host;

    public string Name { get; } = host.Name;

    public ImmutableArray<ServedLine> Lines { get; } = lines;

    /// <summary>Name of its redundancy group; null when it is in none.</summary>
    public string? GroupName { get; } = host.Group;

    /// <summary>Every host of its redundancy group, itself among them, in the plant file's order; empty when it is in none.</summary>
    public ImmutableArray<PlantHost> Group { get; set; } = [];
}

/// <param name="Name">As the host names it.</param>
/// <param name="Line">Null when the plant file has no line of that name.</param>
internal readonly record struct ServedLine(string Name, PlantLine? Line);

/// <summary>A line with all that the plant file ties to it. Immutable.</summary>
/// <param name="Number">Which of the plant's lines it is, from 0.</param>
/// <param name="Line">The line.</param>
/// <param name="Gateways">Those that watch at least one server of its tags, in the plant file's order.</param>
/// <param name="FirstReport">How many reports the gateways of all lines before it make, one for each gateway and line.</param>
/// <param name="Holders">Those connected to the server that takes its hold, in the plant file's order; none when it has no hold.</param>
internal sealed record PlantLine(int Number, Line Line, ImmutableArray<GatewayNode> Gateways, int FirstReport, ImmutableArray<GatewayNode> Holders)
{
    public string Name { get; } = Line.Name;
}
