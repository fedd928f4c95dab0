using PatchEdge.Plant.Model;

namespace PatchEdge.Scheduler.Evidence;

/// <summary>Who watches what, as the plant file has it.</summary>
internal static class Watching
{
    extension(PlantModel plant)
    {
        /// <summary>Gateways that watch at least one server of the line's tags, in the plant file's order.</summary>
        public IEnumerable<GatewayNode> GatewaysOf(Line line)
        {
            var servers = line.Tags.SelectMany(tag => tag.Servers).ToHashSet(StringComparer.Ordinal);
            return plant.Gateways.Where(gateway => gateway.Servers.Any(servers.Contains));
        }

        /// <summary>Gateways connected to the server that takes the line's hold, in the plant file's order; none when it has no hold.</summary>
        public IEnumerable<GatewayNode> HoldersOf(Line line) =>
            plant.Gateways.Where(gateway => line.HoldNodes is { } nodes && gateway.Servers.Contains(nodes.Server));

        public Line? LineNamed(string name) => plant.Lines.FirstOrDefault(line => line.Name == name);

        public Host? HostNamed(string name) => plant.Hosts.FirstOrDefault(host => host.Name == name);
    }
}
