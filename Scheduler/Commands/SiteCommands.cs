using System.CommandLine;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Commands;

/// <summary><c>stop</c>, <c>resume</c> and <c>ledger verify</c>.</summary>
internal static class SiteCommands
{
    public static IEnumerable<Command> Create() =>
    [
        Stop("stop", "Press the emergency stop: no new permits and no go-aheads.", "api/emergency-stop"),
        Stop("resume", "Release the emergency stop.", "api/emergency-stop/resume"),
        new Command("ledger", "The record.") { Verify() },
    ];

    private static Command Stop(string name, string description, string path)
    {
        var reason = new Option<string>("--reason") { Description = "Why, for the record", HelpName = "TEXT" };
        var command = new Command(name, description) { reason };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var api = SchedulerCommandLine.Api(parsed);
            return await JobCommands.SayAsync(await api.PostAsync(path, new ReasonRequest(parsed.GetValue(reason)), ApiJson.Default.ReasonRequest, cancellation));
        });
        return command;
    }

    /// <summary>Reads the files itself: it must answer also when no scheduler runs, or when one that runs cannot be trusted.</summary>
    private static Command Verify()
    {
        var command = new Command("verify", "Walk the ledger's hash chain and compare it with the heads noted outside the database.");
        command.SetAction(async (parsed, cancellation) =>
        {
            var data = SchedulerFile.Read(SchedulerCommandLine.Directory(parsed)).Data;
            var database = Path.Combine(data, DataDirectory.DatabaseName);
            if (!File.Exists(database))
                throw new CommandException($"there is no ledger in {data}: no scheduler has run with this configuration");
            var connection = new SqliteConnectionStringBuilder { DataSource = database, Mode = SqliteOpenMode.ReadOnly };
            await using var db = new SchedulerDb(new DbContextOptionsBuilder<SchedulerDb>().UseSqlite(connection.ToString()).Options);
            // The anchors first: an entry that a running scheduler adds meanwhile must not look as if it were gone.
            var anchors = new LedgerAnchors(Path.Combine(data, DataDirectory.AnchorsName)).Read();
            var check = await LedgerBook.VerifyAsync(db, anchors, cancellation);
            if (check.Fault is { } fault)
            {
                await Console.Error.WriteLineAsync($"The ledger does not verify: {fault}. The {check.Entries} entries before hold together.");
                return ExitCodes.Problem;
            }

            await Console.Out.WriteLineAsync($"The ledger holds together: {check.Entries} entries, head {check.Head}.");
            return ExitCodes.Success;
        });
        return command;
    }
}
