using System.CommandLine;
using System.Globalization;
using PatchEdge.Plant.Files;
using PatchEdge.Simulator.Equipment;
using PatchEdge.Simulator.Layout;

namespace PatchEdge.Simulator.Commands;

/// <summary><c>line</c>: one OPC UA server of the simulated plant, as a process of its own so that it can be killed alone.</summary>
internal static class LineCommand
{
    public static Command Create(TimeProvider time)
    {
        var serverName = new Option<string>("--server") { Required = true, Description = "Name of the server in the plant file" };
        var data = new Option<string>("--data") { Required = true, Description = "Folder of the simulated plant" };
        var seed = new Option<int>("--seed") { Description = "Draws the batches", DefaultValueFactory = _ => 1 };
        var start = new Option<string>("--start") { Required = true, Description = "When the plant started, UTC, ISO 8601" };
        var command = new Command("line", "Serve the lines of one OPC UA server of the plant (started by the simulator)") { serverName, data, seed, start };
        command.SetAction(async (parsed, cancelled) =>
        {
            var folder = new DataFolder(parsed.GetRequiredValue(data));
            var plant = PlantFile.Read(folder.PlantFile);
            var settings = plant.Servers.Single(server => server.Name == parsed.GetRequiredValue(serverName));
            var began = DateTimeOffset.Parse(parsed.GetRequiredValue(start), CultureInfo.InvariantCulture);
            await using var server = new LineServer(plant, settings, folder, parsed.GetValue(seed), began, time);
            try
            {
                await server.RunAsync(() => Console.WriteLine($"serves {server.Variables} variables at {server.Endpoint}"), cancelled);
            }
            catch (OperationCanceledException)
            {
                Console.WriteLine("stopped");
            }

            return ExitCodes.Success;
        });
        return command;
    }
}
