using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using NodaTime;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Planning.Plans;
using Spectre.Console;

namespace PatchEdge.Scheduler.Commands;

/// <summary><c>plan</c>: a dry run over configuration and database, for weeks ahead. It needs no running scheduler and changes nothing.</summary>
internal static class PlanCommands
{
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(28);
    private static readonly TimeSpan Furthest = TimeSpan.FromDays(366);

    public static Command Create()
    {
        var from = new Option<string>("--from") { Description = "First moment to plan, such as 2026-03-29 or 2026-03-29T02:00:00+01:00; now when absent", HelpName = "TIME" };
        var to = new Option<string>("--to") { Description = "First moment after; four weeks later when absent", HelpName = "TIME" };
        var json = new Option<bool>("--json") { Description = "Print the plan as one JSON value" };
        var command = new Command("plan", "Show when each waiting job would run, and why not earlier: a dry run over the files and the database.") { from, to, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            var time = TimeProvider.System;
            var start = Moment(parsed.GetValue(from), "--from", time.GetUtcNow());
            var end = Moment(parsed.GetValue(to), "--to", start + Ahead);
            if (end <= start)
                throw new CommandException($"--to must be after --from ({start:u})", ExitCodes.Usage);
            if (end - time.GetUtcNow() > Furthest)
                throw new CommandException($"--to lies more than {Furthest.TotalDays:0} days ahead: calendars are not resolved that far", ExitCodes.Usage);
            var options = SchedulerFile.Read(SchedulerCommandLine.Directory(parsed));
            var plan = await DryRun.PlanAsync(options, start, end, time, cancellation);
            if (parsed.GetValue(json))
                await Console.Out.WriteLineAsync(JsonSerializer.Serialize(plan, PlanJson.Indented.Plan));
            else
                Show(Screen.Console(), plan);
            return plan.Unplaced.IsEmpty ? ExitCodes.Success : ExitCodes.Problem;
        });
        return command;
    }

    /// <summary>A date, which begins at midnight UTC, or a time with its offset.</summary>
    /// <exception cref="CommandException">It is neither.</exception>
    public static DateTimeOffset Moment(string? text, string option, DateTimeOffset fallback)
    {
        if (text is null)
            return fallback;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            return new DateTimeOffset(date, TimeOnly.MinValue, TimeSpan.Zero);
        return JobFile.Time(text) ?? throw new CommandException($"{option} must be a date such as 2026-03-29, or a time with its offset such as 2026-03-29T02:00:00+01:00; '{Printable.Line(text)}' is neither", ExitCodes.Usage);
    }

    /// <summary>Local time of the zone with its offset, as people there say it.</summary>
    public static string Local(DateTimeOffset instant, string zone) => DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone) is { } known
        ? Instant.FromDateTimeOffset(instant).InZone(known).ToString("ddd uuuu-MM-dd HH:mm o<+HH:mm>", CultureInfo.InvariantCulture)
        : Utc(instant);

    public static string Utc(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + "Z";

    private static void Show(IAnsiConsole console, Plan plan)
    {
        console.WriteLine($"{plan.Site}, {Utc(plan.From)} to {Utc(plan.To)}. A dry run: nothing was changed, and every gate is asked again at the time.");
        if (plan.Slots.IsEmpty && plan.Unplaced.IsEmpty)
            console.WriteLine("No job waits.");
        if (!plan.Slots.IsEmpty)
        {
            var table = Screen.Table("Host", "Job", "Wave", "Slot (local)", "Slot (UTC)", "Needs", "Why not earlier");
            foreach (var slot in plan.Slots)
                table.AddRow(
                    Screen.Text(slot.Host), Screen.Text(slot.Job), Screen.Text(slot.Wave is null ? "" : $"{slot.Campaign} {slot.Wave}"),
                    Screen.Text(Local(slot.Start, slot.Zone)), Screen.Text($"{Utc(slot.Start)}–{slot.End.UtcDateTime:HH:mm}Z{(slot.Late ? " late" : "")}"),
                    Screen.Text(slot.Needs), Screen.Text(WhyNotEarlier(slot.Refused)));
            console.Write(table);
        }

        foreach (var job in plan.Unplaced)
        {
            console.WriteLine(Printable.Line($"No slot for {job.Job} on {job.Host}: {string.Join("; ", job.Reasons)}"));
            foreach (var refused in job.Refused.Take(5))
                console.WriteLine(Printable.Line($"  {Utc(refused.Start)}–{Utc(refused.End)}: {string.Join("; ", refused.Reasons)}"));
        }

        console.WriteLine($"Plan {plan.Hash}, made from {plan.InputsHash}.");
    }

    private static string WhyNotEarlier(System.Collections.Immutable.ImmutableArray<RefusedSlot> refused)
    {
        if (refused.IsEmpty)
            return "it is the first window";
        var reasons = refused.SelectMany(slot => slot.Reasons).GroupBy(reason => reason).OrderByDescending(group => group.Count()).Take(3).Select(group => group.Key);
        return $"{refused.Length} window(s) refused: {string.Join("; ", reasons)}";
    }
}
