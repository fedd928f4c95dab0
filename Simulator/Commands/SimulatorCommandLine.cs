using System.CommandLine;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Simulator.Layout;

namespace PatchEdge.Simulator.Commands;

/// <summary>The command line: without a command, the whole plant.</summary>
internal static class SimulatorCommandLine
{
    public static RootCommand Create(TimeProvider time)
    {
        var plantOnly = new Option<bool>("--plant-only") { Description = "Start the equipment's OPC UA servers alone" };
        var length = new Option<TimeSpan?>("--for")
        {
            Description = "Stop everything after this long and exit with a summary; " + Durations.Expected,
            CustomParser = CommandLineDurations.ParseOptional,
        };
        var seed = new Option<int>("--seed") { Description = "Draws the batches: the same seed tells the same story", DefaultValueFactory = _ => 1 };
        var untilDone = new Option<bool>("--until-done") { Description = "Stop as soon as every patch job is done; exit with 1 when --for is over first" };
        var faults = new Option<bool>("--faults") { Description = "Kill and freeze programs, and cut the servers' network, at random moments drawn from the seed" };
        var record = new Option<string?>("--record") { Description = "Folder to record every value and fault in; with --faults without it: DATA/record" };
        var mosquitto = new Option<bool>("--mosquitto") { Description = "Run the installed mosquitto as the broker, a process of its own, instead of the scheduler's" };
        var data = new Option<string>("--data") { Description = "Folder that is kept from start to start", DefaultValueFactory = _ => "data" };
        var ports = new Option<int>("--ports")
        {
            Description = $"First of {PortPlan.Count} consecutive loopback ports",
            DefaultValueFactory = _ => PortPlan.DefaultBase,
        };
        ports.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1_024 or > 65_535 - PortPlan.Count)
                result.AddError($"--ports must be from 1024 to {65_535 - PortPlan.Count}");
        });
        var root = new RootCommand("A plant in a box: OPC UA servers, a gateway, a scheduler with its console, and an agent per host")
        {
            plantOnly, length, seed, untilDone, faults, record, mosquitto, data, ports, StepCommand.Create(time), LineCommand.Create(time), RecordCommand.Create(),
        };
        root.SetAction((parsed, cancelled) => new RunPlant(
            new SimulatorOptions(parsed.GetValue(plantOnly), parsed.GetValue(length), parsed.GetValue(seed), parsed.GetRequiredValue(data), parsed.GetValue(ports))
            {
                UntilDone = parsed.GetValue(untilDone),
                Faults = parsed.GetValue(faults),
                Record = parsed.GetValue(record),
                Mosquitto = parsed.GetValue(mosquitto),
            },
            time).RunAsync(cancelled));
        return root;
    }
}
