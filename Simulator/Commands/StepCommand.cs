using System.CommandLine;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Simulator.Truth;

namespace PatchEdge.Simulator.Commands;

/// <summary><c>step</c>: what a step of a simulated host's procedure runs: it takes a while, and records that it did.</summary>
internal static class StepCommand
{
    public static Command Create(TimeProvider time)
    {
        var host = new Option<string>("--host") { Required = true, Description = "Host it pretends to work on" };
        var name = new Option<string>("--name") { Required = true, Description = "Name of the step" };
        var length = new Option<TimeSpan>("--for")
        {
            Description = "How long it takes, " + Durations.Expected,
            CustomParser = CommandLineDurations.Parse,
            DefaultValueFactory = _ => TimeSpan.FromSeconds(2),
        };
        var truth = new Option<DirectoryInfo>("--truth") { Required = true, Description = "Folder of the record of what really happened" };
        var down = new Option<DirectoryInfo?>("--down") { Description = "Folder in which to say that the host's programs are down meanwhile" };
        var command = new Command("step", "Pretend to do one step of a patch (used by the simulated hosts' procedures)") { host, name, length, truth, down };
        command.SetAction(async (parsed, cancelled) =>
        {
            var (onHost, step) = (parsed.GetRequiredValue(host), parsed.GetRequiredValue(name));
            var run = Environment.GetEnvironmentVariable("PATCHEDGE_RUN");
            Directory.CreateDirectory(parsed.GetRequiredValue(truth).FullName);
            using var record = new TruthFile(Path.Combine(parsed.GetRequiredValue(truth).FullName, $"host-{onHost}.jsonl"));
            record.Append(new TruthRecord(time.GetUtcNow(), TruthKind.StepStarted, onHost, step, run));
            Console.WriteLine($"{step} on {onHost} …");
            var marker = parsed.GetValue(down) is { } folder ? Path.Combine(folder.FullName, onHost) : null;
            try
            {
                if (marker is not null)
                    await File.WriteAllTextAsync(marker, run, cancelled);
                await Task.Delay(parsed.GetValue(length), time, cancelled);
            }
            finally
            {
                if (marker is not null)
                    File.Delete(marker);
            }

            record.Append(new TruthRecord(time.GetUtcNow(), TruthKind.StepEnded, onHost, step, run));
            Console.WriteLine($"{step} on {onHost} done");
            return 0;
        });
        return command;
    }
}
