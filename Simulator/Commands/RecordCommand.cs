using System.CommandLine;
using System.Globalization;
using PatchEdge.Simulator.Recording;

namespace PatchEdge.Simulator.Commands;

/// <summary><c>record</c>: shows what the simulator recorded of its plant: as CSV, values or faults.</summary>
internal static class RecordCommand
{
    public static Command Create()
    {
        var directory = new Argument<DirectoryInfo>("DIR") { Description = "The folder that --record was given" };
        var tag = new Option<string?>("--tag") { Description = "One tag's values instead of all" };
        var faults = new Option<bool>("--faults") { Description = "The faults that were injected instead of the values" };
        var command = new Command("record", "Show what was recorded of a simulated plant, as CSV") { directory, tag, faults };
        command.SetAction(parsed =>
        {
            var folder = parsed.GetRequiredValue(directory);
            if (!folder.Exists)
            {
                Console.Error.WriteLine($"patchedge-simulator: {folder.FullName} does not exist: name the folder that --record was given");
                return ExitCodes.Usage;
            }

            try
            {
                Show(PlantRecord.Read(folder.FullName), parsed.GetValue(tag), parsed.GetValue(faults));
                return ExitCodes.Success;
            }
            catch (InvalidDataException strange)
            {
                Console.Error.WriteLine("patchedge-simulator: " + strange.Message);
                return ExitCodes.Broken;
            }
        });
        return command;
    }

    private static void Show(PlantRecord record, string? tag, bool faults)
    {
        using var output = new StreamWriter(Console.OpenStandardOutput(), leaveOpen: true);
        output.WriteLine(faults ? "kind,target,from,to" : "server,life,tag,sequence,time,status,value");
        foreach (var fault in faults ? record.Faults : [])
            output.WriteLine($"{fault.Kind},{fault.Target},{Iso(fault.From.UtcDateTime)},{(fault.To is { } to ? Iso(to.UtcDateTime) : "")}");
        foreach (var value in faults ? [] : record.Values.Where(value => tag is null || value.Tag == tag))
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{value.Server},{Iso(value.Life)},{value.Tag},{value.Sequence},{Iso(value.Time)},{value.Status.SymbolicName},{Quoted(value.Value.ToString())}"));
        foreach (var note in record.Notes)
            Console.Error.WriteLine(note);
    }

    private static string Iso(DateTime time) => time.ToString("O", CultureInfo.InvariantCulture);

    private static string Quoted(string text) => text.AsSpan().IndexOfAny(',', '"') < 0 ? text : "\"" + text.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
}
