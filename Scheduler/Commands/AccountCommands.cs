using System.CommandLine;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Features.Accounts;
using PatchEdge.Scheduler.Storage;
using PatchEdge.Scheduler.Storage.Lease;

namespace PatchEdge.Scheduler.Commands;

/// <summary><c>account reset NAME</c>: the way back in when no administrator can sign in any more.</summary>
internal static class AccountCommands
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "The account, such as admin" };
        var reset = new Command("reset", "Give an account of the console a new password and open it again, while the scheduler is stopped.") { name };
        reset.SetAction(async (parsed, cancellation) =>
        {
            var options = SchedulerFile.Read(SchedulerCommandLine.Directory(parsed));
            using var data = DataDirectory.Take(options.Data);
            var by = $"{Printable.Line(SchedulerCommandLine.Who(parsed))} (local)";
            await using var term = await OfflineTerm.TakeAsync(data, options, TimeProvider.System, cancellation);
            var change = await AccountReset.RunAsync(data, term, parsed.GetRequiredValue(name), by, TimeProvider.System, cancellation);
            if (!change.Done)
                throw new CommandException(string.Join("; ", change.Messages));
            await Console.Out.WriteLineAsync($"{change.Messages[0]}: {change.Password}  (shown once; change it after signing in)");
            return ExitCodes.Success;
        });
        return new Command("account", "Accounts of the console.") { reset };
    }
}
