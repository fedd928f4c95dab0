using System.CommandLine;
using System.Globalization;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Training;
using Spectre.Console;

namespace PatchEdge.Scheduler.Commands;

/// <summary><c>training</c>: who may approve and override, and until when. It needs no running scheduler.</summary>
internal static class TrainingCommands
{
    public static Command Create()
    {
        var command = new Command("training", "List who has the training that the site asks of people who sign.");
        command.SetAction(async (parsed, _) =>
        {
            var options = SchedulerFile.Read(SchedulerCommandLine.Directory(parsed));
            var shelf = new TrainingShelf(options);
            shelf.Refresh();
            foreach (var error in shelf.Current.Errors)
                await Console.Error.WriteLineAsync(error.ToString());
            await ShowAsync(TrainingEndpoints.View(shelf.Current, TimeProvider.System.GetUtcNow()), options);
            return shelf.Current.Errors.IsEmpty ? ExitCodes.Success : ExitCodes.Usage;
        });
        return command;
    }

    private static async Task ShowAsync(TrainingView training, SchedulerOptions options)
    {
        if (options.Training.Records.Length == 0)
        {
            await Console.Out.WriteLineAsync("The site asks nobody for training: 'training' in scheduler.yaml would.");
            return;
        }

        await Console.Out.WriteLineAsync(Printable.Line($"To approve: {Names(training.Approve)}. To stand by, break the glass or settle: {Names(training.Override)}."));
        if (training.Records.IsEmpty)
        {
            await Console.Out.WriteLineAsync($"There are no records, so nobody can: put tables (*.csv) with the columns person,qualification,from,until into {options.Training.Records}.");
            return;
        }

        var table = Screen.Table("Person", "Qualification", "From", "Until", "Today", "Written in");
        foreach (var record in training.Records.OrderBy(record => record.Person, StringComparer.OrdinalIgnoreCase).ThenBy(record => record.Qualification, StringComparer.OrdinalIgnoreCase))
            table.AddRow(
                Screen.Text(record.Person), Screen.Text(record.Qualification), Screen.Text(Day(record.From)), Screen.Text(record.Until is { } last ? Day(last) : "–"),
                Screen.Text(record.Holds ? "holds" : "does not hold"), Screen.Text(record.Where));
        Screen.Console().Write(table);
    }

    private static string Names(IReadOnlyCollection<string> qualifications) => qualifications.Count == 0 ? "nothing is asked" : string.Join(", ", qualifications);

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
