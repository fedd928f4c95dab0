using System.CommandLine;
using System.Text.Json;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Features.Campaigns;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Ledger.Signatures;
using Spectre.Console;

namespace PatchEdge.Scheduler.Commands;

/// <summary><c>campaign list</c>, <c>show</c>, <c>plan</c>, <c>approve</c> and <c>resume</c>.</summary>
internal static class CampaignCommands
{
    private const int ShortestHash = 8;
    private static readonly Argument<string> Campaign = new("CAMPAIGN") { Description = "Id of the campaign" };
    private static readonly Option<string> Reason = new("--reason") { Description = "Why, for the record", HelpName = "TEXT" };

    public static Command Create() => new("campaign", "One patch for many hosts, in waves.") { List(), Show(), Plan(), Approve(), Resume() };

    private static Command List()
    {
        var json = new Option<bool>("--json") { Description = "Print one JSON value instead of a table" };
        var command = new Command("list", "List campaigns with their waves and plans.") { json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var api = SchedulerCommandLine.Api(parsed);
            var campaigns = await api.GetAsync("api/campaigns", ApiJson.Default.CampaignViewArray, cancellation) ?? [];
            if (parsed.GetValue(json))
                await Console.Out.WriteLineAsync(JsonSerializer.Serialize(campaigns, ApiJson.Indented.CampaignViewArray));
            else if (campaigns.Length == 0)
                await Console.Out.WriteLineAsync("No campaigns: put files into the campaigns directory.");
            else
            {
                var table = Screen.Table("Campaign", "Patch", "Waves", "Plan", "Stands");
                foreach (var campaign in campaigns)
                    table.AddRow(
                        Screen.Text(campaign.Id), Screen.Text(campaign.PatchName), Screen.Text(string.Join("; ", campaign.Waves.Select(wave => wave.Standing))),
                        Screen.Text(campaign.Plan?[..12] ?? "none"), Screen.Text(Standing(campaign)));
                Screen.Console().Write(table);
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Show()
    {
        var command = new Command("show", "Print a campaign's waves, and each host's slot.") { Campaign };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var api = SchedulerCommandLine.Api(parsed);
            var campaign = await FindAsync(api, parsed.GetRequiredValue(Campaign), cancellation);
            var console = Screen.Console();
            console.WriteLine($"{campaign.Id}: {campaign.PatchName} by {campaign.Procedure}, requested by {campaign.RequestedBy}. {Standing(campaign)}");
            foreach (var reason in campaign.Void)
                console.WriteLine(Printable.Line($"  {reason}"));
            var table = Screen.Table("Wave", "Host", "State", "Slot (local)", "Slot (UTC)");
            foreach (var wave in campaign.Waves)
                foreach (var job in wave.Jobs)
                    table.AddRow(
                        Screen.Text(wave.Name), Screen.Text(job.Host), Screen.Text(job.State),
                        Screen.Text(job.Start is { } start ? PlanCommands.Local(start, job.Zone ?? "UTC") : "none"), Screen.Text(job.Start is { } at ? PlanCommands.Utc(at) : ""));
            console.Write(table);
            if (campaign.Plan is { } plan)
                console.WriteLine($"Plan {plan}");
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Plan()
    {
        var command = new Command("plan", "Plan anew what still waits; approvals of another plan are void.") { Campaign, Reason };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var api = SchedulerCommandLine.Api(parsed);
            return await JobCommands.SayAsync(await api.PostAsync(Path(parsed, "plan"), new ReasonRequest(parsed.GetValue(Reason)), ApiJson.Default.ReasonRequest, cancellation));
        });
        return command;
    }

    private static Command Approve()
    {
        var hash = new Option<string>("--plan") { Description = "Hash of the plan that you approve, as 'campaign show' prints it; its first 8 digits will do", Required = true, HelpName = "HASH" };
        var command = new Command("approve", "Sign exactly one plan of a campaign.") { Campaign, hash, Reason, Signer.FromInput };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var api = SchedulerCommandLine.Api(parsed);
            var campaign = await FindAsync(api, parsed.GetRequiredValue(Campaign), cancellation);
            var named = parsed.GetRequiredValue(hash).ToLowerInvariant();
            if (named.Length < ShortestHash || campaign.Plan?.StartsWith(named, StringComparison.Ordinal) != true)
                throw new CommandException($"the newest plan of {campaign.Id} is {campaign.Plan ?? "none"}, not '{Printable.Line(named)}': look at it with 'campaign show {campaign.Id}'");
            var (name, password) = await Signer.AskAsync(
                parsed, $"the plan of {campaign.Id}: {campaign.PatchName} on {campaign.Waves.Sum(wave => wave.Jobs.Length)} host(s)", SignatureMeanings.Approval, campaign.Plan, cancellation);
            return await JobCommands.SayAsync(await api.PostAsync(
                Path(parsed, "approve"), new CampaignApprovalRequest(campaign.Plan, parsed.GetValue(Reason), name, password), ApiJson.Default.CampaignApprovalRequest, cancellation));
        });
        return command;
    }

    private static Command Resume()
    {
        var reason = new Option<string>("--reason") { Description = "What was found, for the record", HelpName = "TEXT", Required = true };
        var command = new Command("resume", "Sign that you have looked at every failure of a halted campaign, which then goes on.") { Campaign, reason, Signer.FromInput };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var api = SchedulerCommandLine.Api(parsed);
            var campaign = await FindAsync(api, parsed.GetRequiredValue(Campaign), cancellation);
            var (name, password) = await Signer.AskAsync(
                parsed, $"you have looked at {campaign.Failures} failure(s) of {campaign.Id}, and it may go on", SignatureMeanings.Responsibility, SignedContent.Resuming(campaign.Id, campaign.Failures), cancellation);
            return await JobCommands.SayAsync(await api.PostAsync(
                Path(parsed, "resume"), new ResumeRequest(campaign.Failures, parsed.GetRequiredValue(reason), name, password), ApiJson.Default.ResumeRequest, cancellation));
        });
        return command;
    }

    private static string Path(ParseResult parsed, string what) => $"api/campaigns/{Uri.EscapeDataString(parsed.GetRequiredValue(Campaign))}/{what}";

    private static async Task<CampaignView> FindAsync(LocalApi api, string id, CancellationToken cancellation) =>
        (await api.GetAsync("api/campaigns", ApiJson.Default.CampaignViewArray, cancellation) ?? []).FirstOrDefault(campaign => campaign.Id == id)
        ?? throw new CommandException($"there is no campaign '{Printable.Line(id)}': 'patchedge-scheduler campaign list' lists them");

    private static string Standing(CampaignView campaign) =>
        campaign.Halt is { } halt ? $"Halted: {halt}"
        : campaign.Plan is null ? "Not planned."
        : campaign.Void.Length > 0 ? "Its plan is void: plan again."
        : campaign.ApprovedBy.Length < campaign.ApprovalsRequired ? $"Its plan waits for approval ({campaign.ApprovedBy.Length} of {campaign.ApprovalsRequired})."
        : $"Its plan is approved by {string.Join(", ", campaign.ApprovedBy)}.";
}
