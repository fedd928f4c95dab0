using System.CommandLine;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Features.Waivers;
using PatchEdge.Scheduler.Ledger.Signatures;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Planning.Coverage;
using Spectre.Console;

namespace PatchEdge.Scheduler.Commands;

/// <summary><c>approve</c>, <c>settle</c>, <c>break-glass</c>, <c>gap-budget</c>, <c>stand-by</c>: what a person signs, with the name and password of their account. <c>waivers</c> and <c>end-waivers</c> beside them.</summary>
internal static class SigningCommands
{
    private static readonly Argument<string> Job = new("JOB") { Description = "Id of the job" };
    private static readonly Option<string> Reason = new("--reason") { Description = "Why, for the record", HelpName = "TEXT", Required = true };
    private static readonly Option<string> For = new("--for") { Description = "How long it counts, such as 4h", HelpName = "TIME", Required = true };
    private static readonly Option<string> Gap = new("--gap")
    {
        Description = "How long critical tags may be without any path while the host is away, such as 10m", HelpName = "TIME",
    };

    public static IEnumerable<Command> Create() => [Approve(), Settle(), BreakGlass(), GapBudgets(), StandBy(), EndWaivers(), Waivers()];

    private static Command Approve()
    {
        var reason = new Option<string>("--reason") { Description = "What you have to say, for the record", HelpName = "TEXT" };
        return Make(new Command("approve", "Sign that a job is approved exactly as it stands.") { Job, reason }, async (parsed, api, id, cancellation) =>
        {
            var job = await FindAsync(api, id, cancellation);
            var (name, password) = await Signer.AskAsync(parsed,
                $"{job.PatchName} (SHA-256 {job.PatchDigest}) by {job.Procedure} on {job.Host}, as requested by {job.RequestedBy}{(job.GapBudgetMs is { } gap ? $", with a gap of up to {Words.Span(TimeSpan.FromMilliseconds(gap))} in critical tags" : "")}",
                SignatureMeanings.Approval, job.ContentHash, cancellation);
            return await api.PostAsync($"{Path(id)}/approve", new ApprovalRequest(job.ContentHash, parsed.GetValue(reason), name, password), ApiJson.Default.ApprovalRequest, cancellation);
        });
    }

    private static Command Settle()
    {
        var end = new Argument<string>("END") { Description = "How it ended: done or aborted" };
        end.AcceptOnlyFromAmong("done", "aborted");
        return Make(new Command("settle", "Sign how a quarantined run ended; a second person must sign the same.") { Job, end, Reason }, async (parsed, api, id, cancellation) =>
        {
            var job = await FindAsync(api, id, cancellation);
            var settled = parsed.GetRequiredValue(end) == "done" ? RunState.Done : RunState.Aborted;
            var (name, password) = await Signer.AskAsync(parsed, $"{job.Run} on {job.Host} ended as {settled}", SignatureMeanings.Responsibility, SignedContent.Settling(job.Run, settled), cancellation);
            return await api.PostAsync($"{Path(id)}/settle", new SettleRequest(settled.ToString(), parsed.GetRequiredValue(Reason), name, password), ApiJson.Default.SettleRequest, cancellation);
        });
    }

    private static Command BreakGlass() => Make(
        new Command("break-glass", "Sign that calendar and approvals (with --gap, coverage too) do not count for one run; a second person must sign the same. Lines must be idle all the same.") { Job, For, Gap, Reason },
        async (parsed, api, id, cancellation) =>
        {
            var minutes = Minutes(parsed);
            var view = await WaiversAsync(api, id, cancellation);
            var gap = parsed.GetValue(Gap) is { } text ? Budget(view, Seconds(text)) : null;
            var (name, password) = await Signer.AskAsync(parsed, $"calendar and approvals do not count for {view.Run} for {minutes} minutes{(gap is null ? "" : "; " + Describe(gap))}",
                SignatureMeanings.Responsibility, SignedContent.Waiving(view.Run, WaiverKind.BreakGlass, "", minutes, gap), cancellation);
            return await api.PostAsync($"{Path(id)}/break-glass",
                new BreakGlassRequest(minutes, parsed.GetRequiredValue(Reason), name, password, (int?)gap?.Longest.TotalSeconds, gap?.LostDigest), ApiJson.Default.BreakGlassRequest, cancellation);
        });

    private static Command GapBudgets() => Make(
        new Command("gap-budget", "Sign that the critical tags that would lose their last path may do so for --gap while one run has its host; a second person must sign the same.") { Job, Gap, For, Reason },
        async (parsed, api, id, cancellation) =>
        {
            var minutes = Minutes(parsed);
            var view = await WaiversAsync(api, id, cancellation);
            var gap = Budget(view, Seconds(parsed.GetValue(Gap) ?? throw new CommandException("--gap is missing: say for how long, such as --gap 10m", ExitCodes.Usage)));
            var (name, password) = await Signer.AskAsync(parsed, $"for {minutes} minutes and {view.Run}, {Describe(gap)}",
                SignatureMeanings.Approval, SignedContent.Waiving(view.Run, WaiverKind.GapBudget, "", minutes, gap), cancellation);
            return await api.PostAsync($"{Path(id)}/gap-budget",
                new GapBudgetRequest((int)gap.Longest.TotalSeconds, gap.LostDigest, minutes, parsed.GetRequiredValue(Reason), name, password), ApiJson.Default.GapBudgetRequest, cancellation);
        });

    private static Command StandBy()
    {
        var line = new Argument<string>("LINE") { Description = "A line of the job's host that cannot be held" };
        return Make(new Command("stand-by", "Sign that you stand by a line that cannot be held, and keep it from starting.") { Job, line, For, Reason }, async (parsed, api, id, cancellation) =>
        {
            var minutes = Minutes(parsed);
            var view = await WaiversAsync(api, id, cancellation);
            var named = parsed.GetRequiredValue(line);
            var (name, password) = await Signer.AskAsync(parsed, $"you stand by {named} for {view.Run} for {minutes} minutes, and keep it from starting",
                SignatureMeanings.Responsibility, SignedContent.Waiving(view.Run, WaiverKind.StandBy, named, minutes), cancellation);
            return await api.PostAsync($"{Path(id)}/stand-by", new StandByRequest(named, minutes, parsed.GetRequiredValue(Reason), name, password), ApiJson.Default.StandByRequest, cancellation);
        });
    }

    private static Command EndWaivers() => Make(new Command("end-waivers", "End at once whatever was signed about a job's latest run.") { Job, Reason }, (parsed, api, id, cancellation) =>
        api.PostAsync($"{Path(id)}/end-waivers", new ReasonRequest(parsed.GetRequiredValue(Reason)), ApiJson.Default.ReasonRequest, cancellation), signs: false);

    private static Command Waivers()
    {
        var command = new Command("waivers", "List what people signed that still counts or waits for a second person.");
        command.SetAction(async (parsed, cancellation) =>
        {
            using var api = SchedulerCommandLine.Api(parsed);
            var waivers = await api.GetAsync("api/waivers", ApiJson.Default.WaiverViewArray, cancellation) ?? [];
            if (waivers.Length == 0)
            {
                await Console.Out.WriteLineAsync("Nothing that was signed counts now.");
                return ExitCodes.Success;
            }

            var table = Screen.Table("Run", "Host", "What", "Signed by", "Stands", "Until (UTC)", "Why");
            foreach (var waiver in waivers)
                table.AddRow(
                    Screen.Text(waiver.Run), Screen.Text(waiver.Host), Screen.Text(What(waiver)), Screen.Text(string.Join(", ", waiver.By)), Screen.Text(waiver.State.ToString()),
                    Screen.Text(PlanCommands.Utc(waiver.Until)), Screen.Text(waiver.Reason));
            Screen.Console().Write(table);
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Make(Command command, Func<ParseResult, LocalApi, string, CancellationToken, Task<OrderView>> send, bool signs = true)
    {
        if (signs)
            command.Options.Add(Signer.FromInput);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var api = SchedulerCommandLine.Api(parsed);
            return await JobCommands.SayAsync(await send(parsed, api, parsed.GetRequiredValue(Job), cancellation));
        });
        return command;
    }

    private static string Path(string id) => $"api/jobs/{Uri.EscapeDataString(id)}";

    private static async Task<JobView> FindAsync(LocalApi api, string id, CancellationToken cancellation) =>
        await api.GetAsync(Path(id), ApiJson.Default.JobView, cancellation) ?? throw NoJob(id);

    private static async Task<JobWaiversView> WaiversAsync(LocalApi api, string id, CancellationToken cancellation) =>
        await api.GetAsync($"{Path(id)}/waivers", ApiJson.Default.JobWaiversView, cancellation) ?? throw NoJob(id);

    private static CommandException NoJob(string id) => new($"there is no job '{Printable.Line(id)}': 'patchedge-scheduler jobs' lists them");

    /// <summary>What another person asked for, or what would be lost now.</summary>
    private static GapBudget Budget(JobWaiversView view, TimeSpan longest)
    {
        var lost = view.Waivers.FirstOrDefault(waiver => waiver is { State: WaiverState.WaitsForSecond, Lost.IsEmpty: false })?.Lost ?? view.Lost;
        return lost.IsEmpty
            ? throw new CommandException($"no critical tag would lose its last path for {view.Run}: there is no gap to accept")
            : new GapBudget(longest, lost);
    }

    private static string Describe(GapBudget gap) => $"a gap of up to {Words.Span(gap.Longest)} is accepted for {gap.Words}";

    private static string What(WaiverView waiver) => waiver.Kind switch
    {
        WaiverKind.StandBy => $"stands by {waiver.Line}",
        WaiverKind.BreakGlass when waiver.GapSeconds is null => "break-glass",
        var kind => (kind == WaiverKind.BreakGlass ? "break-glass, and " : "") + Describe(new GapBudget(TimeSpan.FromSeconds(waiver.GapSeconds!.Value), waiver.Lost)),
    };

    private static int Minutes(ParseResult parsed) => (int)Math.Ceiling(Seconds(parsed.GetRequiredValue(For)).TotalMinutes);

    private static TimeSpan Seconds(string text) => Durations.TryParse(text, out var span) && span > TimeSpan.Zero && span <= TimeSpan.FromDays(7)
        ? TimeSpan.FromSeconds(Math.Ceiling(span.TotalSeconds))
        : throw new CommandException($"'{Printable.Line(text)}' is no duration: give a number with a unit, such as 90s, 10m or 4h", ExitCodes.Usage);
}
