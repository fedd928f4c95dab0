using System.CommandLine;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Configuration;
using Spectre.Console;

namespace PatchEdge.Scheduler.Commands;

/// <summary><c>calendar preview</c>: what the calendars say for a year, and what is doubtful about it. It needs no running scheduler.</summary>
internal static class CalendarCommands
{
    private const int MostShown = 400;

    public static Command Create()
    {
        var from = new Option<string>("--from") { Description = "First moment, such as 2026-03-29; now when absent", HelpName = "TIME" };
        var months = new Option<int>("--months") { Description = "How far ahead, 1 to 12", DefaultValueFactory = _ => 12, HelpName = "N" };
        var host = new Option<string>("--host") { Description = "Only what applies to this host", HelpName = "HOST" };
        var command = new Command("preview", "List windows, freezes and planned batches, and flag gaps and overlaps.") { from, months, host };
        command.SetAction(async (parsed, cancellation) =>
        {
            var time = TimeProvider.System;
            var start = PlanCommands.Moment(parsed.GetValue(from), "--from", time.GetUtcNow());
            if (parsed.GetValue(months) is var count && count is < 1 or > 12)
                throw new CommandException($"--months must be from 1 to 12, not {count}", ExitCodes.Usage);
            var options = SchedulerFile.Read(SchedulerCommandLine.Directory(parsed));
            var plant = PlantFile.Read(options.Plant);
            var named = parsed.GetValue(host);
            if (named is not null && plant.Hosts.All(item => item.Name != named))
                throw new CommandException($"the plant file has no host '{Printable.Line(named)}': {Nearest.Hint(named, [.. plant.Hosts.Select(item => item.Name)])}", ExitCodes.Usage);
            var shelf = new CalendarShelf(options.Calendars, plant, time, options.Batches);
            shelf.Refresh();
            var preview = CalendarPreview.Of(shelf.Current, plant, start, start.AddMonths(count), named);
            await ShowAsync(preview, shelf.Current);
            return shelf.Current.Errors.IsEmpty ? ExitCodes.Success : ExitCodes.Usage;
        });
        return new Command("calendar", "Windows, freezes and planned batches.") { command };
    }

    private static async Task ShowAsync(CalendarPreview preview, CalendarFacts calendar)
    {
        foreach (var error in calendar.Errors)
            await Console.Error.WriteLineAsync(error.ToString());
        if (preview.Occasions.IsEmpty)
            await Console.Out.WriteLineAsync("Nothing in this time: put iCalendar files into the calendars directory. Without a window nothing is released.");
        else
        {
            var table = Screen.Table("What", "For", "Title", "From (local)", "To (local)", "From (UTC)", "To (UTC)", "Written in");
            foreach (var occasion in preview.Occasions.Take(MostShown))
                table.AddRow(
                    Screen.Text(occasion.Rule.Kind.ToString()), Screen.Text(occasion.Rule.Scope.ToString()), Screen.Text(occasion.Rule.Title),
                    Screen.Text(PlanCommands.Local(occasion.Range.Start, occasion.Rule.Zone)), Screen.Text(PlanCommands.Local(occasion.Range.End, occasion.Rule.Zone)),
                    Screen.Text(PlanCommands.Utc(occasion.Range.Start)), Screen.Text(PlanCommands.Utc(occasion.Range.End)), Screen.Text(occasion.Rule.Where));
            Screen.Console().Write(table);
            if (preview.Occasions.Length > MostShown)
                await Console.Out.WriteLineAsync($"{preview.Occasions.Length - MostShown} more: ask for fewer months, or for one host.");
        }

        foreach (var flag in preview.Flags)
            await Console.Out.WriteLineAsync(Printable.Line($"! {flag.Text}"));
        if (preview.Flags.IsEmpty)
            await Console.Out.WriteLineAsync("No gaps and no overlaps to look at.");
    }
}
