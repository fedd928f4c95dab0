using System.CommandLine;
using System.Text.Json;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Features.Jobs;

namespace PatchEdge.Scheduler.Commands;

/// <summary><c>jobs</c>, <c>why</c>, <c>add</c>, <c>revoke</c> and <c>retry</c>.</summary>
internal static class JobCommands
{
    private static readonly Argument<string> Job = new("JOB") { Description = "Id of the job" };
    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON value instead of a table" };

    public static IEnumerable<Command> Create() =>
    [
        List(),
        Why(),
        Add(),
        Order("revoke", "Withdraw a job; one that is executing gets no further go-ahead.", "revoke"),
        Order("retry", "Give a job that was aborted, revoked or expired another attempt.", "retry"),
    ];

    private static Command List()
    {
        var command = new Command("jobs", "List jobs, and what is wrong with job files.") { Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var api = SchedulerCommandLine.Api(parsed);
            var jobs = await api.GetAsync("api/jobs", ApiJson.Default.JobViewArray, cancellation) ?? [];
            if (parsed.GetValue(Json))
                await Console.Out.WriteLineAsync(JsonSerializer.Serialize(jobs, ApiJson.Indented.JobViewArray));
            else
                Screen.Show(Screen.Console(), jobs, await api.GetAsync("api/file-errors", ApiJson.Default.FileErrorsView, cancellation));
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Why()
    {
        var at = new Option<string>("--at") { Description = "As it was on record at a past moment, such as 2026-03-29T02:00:00+01:00; now when absent", HelpName = "TIME" };
        var command = new Command("why", "Print every gate of a job with its value, its reason and since when.") { Job, at, Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var api = SchedulerCommandLine.Api(parsed);
            var id = parsed.GetRequiredValue(Job);
            var instant = parsed.GetValue(at) is { } text ? $"?at={PlanCommands.Moment(text, "--at", default).UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}" : "";
            if (await api.GetAsync($"api/jobs/{Uri.EscapeDataString(id)}/why{instant}", ApiJson.Default.WhyView, cancellation) is not { } why)
                throw new CommandException($"there is no job '{Printable.Line(id)}': 'patchedge-scheduler jobs' lists them");
            if (parsed.GetValue(Json))
                await Console.Out.WriteLineAsync(JsonSerializer.Serialize(why, ApiJson.Indented.WhyView));
            else
                Screen.Show(Screen.Console(), why);
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Add()
    {
        var file = new Argument<FileInfo>("FILE") { Description = "Job file (YAML)" };
        var command = new Command("add", "Add the job of a file, without leaving the file in the jobs directory.") { file };
        command.SetAction(async (parsed, cancellation) =>
        {
            var config = SchedulerCommandLine.Directory(parsed);
            var draft = JobFile.Read(parsed.GetRequiredValue(file).FullName, PlantFile.Read(SchedulerFile.Read(config).Plant));
            using var api = SchedulerCommandLine.Api(parsed);
            var named = draft.RequestedBy.StartsWith("file ", StringComparison.Ordinal) ? null : draft.RequestedBy;
            var body = new JobRequest
            {
                Id = draft.Id,
                Host = draft.Host,
                Procedure = draft.Procedure,
                PatchName = draft.PatchName,
                PatchDigest = draft.PatchDigest,
                NotBefore = draft.NotBefore,
                Due = draft.Due,
                Priority = draft.Priority,
                ExpectedDurationMs = (long?)draft.ExpectedDuration?.TotalMilliseconds,
                GapBudgetMs = (long?)draft.GapBudget?.TotalMilliseconds,
                RequestedBy = named,
            };
            return await SayAsync(await api.PostAsync("api/jobs", body, ApiJson.Default.JobRequest, cancellation));
        });
        return command;
    }

    private static Command Order(string name, string description, string path)
    {
        var reason = new Option<string>("--reason") { Description = "Why, for the record", HelpName = "TEXT" };
        var command = new Command(name, description) { Job, reason };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var api = SchedulerCommandLine.Api(parsed);
            var id = Uri.EscapeDataString(parsed.GetRequiredValue(Job));
            return await SayAsync(await api.PostAsync($"api/jobs/{id}/{path}", new ReasonRequest(parsed.GetValue(reason)), ApiJson.Default.ReasonRequest, cancellation));
        });
        return command;
    }

    /// <summary>Prints what happened, or why not.</summary>
    public static async Task<int> SayAsync(OrderView order)
    {
        var done = order.Outcome is "Done" or "Unchanged";
        foreach (var message in order.Messages)
            await (done ? Console.Out : Console.Error).WriteLineAsync(Printable.Line(message));
        return done ? ExitCodes.Success : ExitCodes.Problem;
    }
}
