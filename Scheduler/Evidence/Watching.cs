using System.Collections.Immutable;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Planning.Indexes;

namespace PatchEdge.Scheduler.Evidence;

/// <summary>Who watches what, as the plant file has it.</summary>
internal static class Watching
{
    extension(PlantModel plant)
    {
        /// <summary>Gateways that watch at least one server of the line's tags, in the plant file's order.</summary>
        public ImmutableArray<GatewayNode> GatewaysOf(Line line) => PlantIndex.Of(plant).Line(line.Name)?.Gateways ?? [];

        /// <summary>Gateways connected to the server that takes the line's hold, in the plant file's order; none when it has no hold.</summary>
        public ImmutableArray<GatewayNode> HoldersOf(Line line) => PlantIndex.Of(plant).Line(line.Name)?.Holders ?? [];

        public Line? LineNamed(string name) => PlantIndex.Of(plant).Line(name)?.Line;

        public Host? HostNamed(string name) => PlantIndex.Of(plant).Host(name)?.Host;
    }
}
