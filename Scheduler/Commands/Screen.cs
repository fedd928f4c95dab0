using PatchEdge.Plant.Files.Text;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Features.Waivers;
using PatchEdge.Scheduler.Planning;
using Spectre.Console;

namespace PatchEdge.Scheduler.Commands;

/// <summary>Shows what the scheduler answers. Whatever came from outside is printed as text: it cannot steer the terminal.</summary>
internal static class Screen
{
    public static void Show(IAnsiConsole console, JobView[] jobs, FileErrorsView? errors)
    {
        if (jobs.Length == 0)
            console.WriteLine("No jobs.");
        else
        {
            var table = Table("Job", "Host", "Patch", "State", "Since (UTC)", "Why");
            foreach (var job in jobs)
                table.AddRow(Text(job.Id), Text(job.Host), Text(job.PatchName), new Text(job.State.ToString(), Style(job.State.ToString())), Text(Time(job.Since)), Text(job.Reason));
            console.Write(table);
        }

        foreach (var error in (errors?.Jobs ?? []).Concat(errors?.Calendars ?? []).Concat(errors?.Training ?? []))
            console.WriteLine(error.ToString());
    }

    public static void Show(IAnsiConsole console, WhyView why)
    {
        console.WriteLine(Printable.Line(why.Summary));
        var approved = why.Job.ApprovedBy.Length == 0 ? "nobody" : string.Join(", ", why.Job.ApprovedBy);
        console.WriteLine(Printable.Line($"{why.Job.PatchName} on {why.Job.Host} by {why.Job.Procedure}; requested by {why.Job.RequestedBy}, approved by {approved}; {why.Job.State} since {Time(why.Job.Since)} UTC"));
        if (why.Verdicts.Length > 0)
            ShowGates(console, why);
        foreach (var waiver in why.Waivers)
            console.WriteLine(Printable.Line($"{Words(waiver)}, signed by {string.Join(" and ", waiver.By)} at {Time(waiver.SignedAt)} UTC: {waiver.Reason}"));
        foreach (var entry in why.Progress)
            console.WriteLine(Printable.Line(
                $"  {Time(entry.ReceivedAt)}  {entry.Phase}{(entry.Step is null ? "" : " " + entry.Step)}{(entry.ExitCode is { } code ? $" (exit {code})" : "")}"));
    }

    private static string Words(WaiverView waiver)
    {
        var what = waiver.Kind switch
        {
            WaiverKind.StandBy => $"Stand-by at {waiver.Line}",
            WaiverKind.BreakGlass => "Break-glass",
            _ => "Accepted gap",
        };
        var gap = waiver.GapSeconds is { } seconds ? $", with up to {seconds} s of {waiver.Lost.Sum(line => line.Count)} critical tags" : "";
        return what + gap + waiver.State switch
        {
            WaiverState.Counts => $" counts until {Time(waiver.Until)} UTC",
            WaiverState.WaitsForSecond => " waits for a second person",
            _ => $" ended {Time(waiver.Until)} UTC",
        };
    }

    private static void ShowGates(IAnsiConsole console, WhyView why)
    {
        var table = Table("", "Gate", "Value", "Why", "Since (UTC)", "Clears", "Owner");
        foreach (var verdict in why.Verdicts)
        {
            var blocks = verdict.Outcome == GateOutcome.Block;
            table.AddRow(
                new Text(blocks ? "wait" : "ok", new Style(blocks ? Color.Yellow : Color.Green)),
                Text(verdict.Subject.Length == 0 ? verdict.Gate : $"{verdict.Gate} {verdict.Subject}"),
                Text(verdict.Value),
                Text(verdict.Reason),
                Text(verdict.Since is { } since ? Time(since) : ""),
                Text(verdict.ExpectedClearing is { } clears ? Time(clears) : ""),
                Text(verdict.Owner));
        }

        console.Write(table);
    }

    /// <summary>On a terminal as wide as it is; in a pipe wide enough not to break words.</summary>
    public static IAnsiConsole Console()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings());
        if (System.Console.IsOutputRedirected)
            console.Profile.Width = 200;
        return console;
    }

    public static Table Table(params string[] columns)
    {
        var table = new Table { Border = TableBorder.Rounded };
        foreach (var column in columns)
            table.AddColumn(new TableColumn(new Text(column)));
        return table;
    }

    public static Text Text(string value) => new(Printable.Line(value));

    private static Style Style(string state) => new(state switch
    {
        "Done" => Color.Green,
        "Released" or "Executing" or "Verifying" => Color.Blue,
        "Quarantined" or "Aborted" => Color.Red,
        _ => Color.Default,
    });

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss");
}
