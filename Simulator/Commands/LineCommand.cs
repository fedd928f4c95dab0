using System.CommandLine;
using System.Globalization;
using PatchEdge.Plant.Files;
using PatchEdge.Simulator.Equipment;
using PatchEdge.Simulator.Faults;
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
        var record = new Option<string?>("--record") { Description = "Folder to record every value and fault in" };
        var port = new Option<int?>("--port") { Description = "Port to listen on instead of the plant file's" };
        var queue = new Option<int?>("--largest-queue") { Description = "Longest queue to grant a client's item" };
        var obey = new Option<bool>("--obey") { Description = "Obey faults on standard input, such as: " + EquipmentFault.Example };
        var command = new Command("line", "Serve the lines of one OPC UA server of the plant (started by the simulator)") { serverName, data, seed, start, record, port, queue, obey };
        command.SetAction(async (parsed, cancelled) =>
        {
            var folder = new DataFolder(parsed.GetRequiredValue(data));
            var plant = PlantFile.Read(folder.PlantFile);
            var settings = plant.Servers.Single(server => server.Name == parsed.GetRequiredValue(serverName));
            var began = DateTimeOffset.Parse(parsed.GetRequiredValue(start), CultureInfo.InvariantCulture);
            var options = new LineServerOptions(parsed.GetValue(seed), began) { Record = parsed.GetValue(record), Port = parsed.GetValue(port) };
            await using var server = new LineServer(plant, settings, folder, parsed.GetValue(queue) is { } longest ? options with { LargestQueue = longest } : options, time);
            try
            {
                // Nobody waits for it: reading from a terminal cannot be cancelled, and ends with the process.
                if (parsed.GetValue(obey))
                    _ = ObeyAsync(server, cancelled);
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

    private static async Task ObeyAsync(LineServer server, CancellationToken cancelled)
    {
        await Task.Yield();
        // The console's own reader blocks its caller.
        using var input = new StreamReader(Console.OpenStandardInput());
        while (await input.ReadLineAsync(cancelled) is { } line)
        {
            var (fault, refusal) = EquipmentFault.Parse(line);
            refusal ??= server.Fail(fault!);
            Console.WriteLine(refusal is null ? "obeys: " + line : $"refuses '{line}': {refusal}");
        }
    }
}
