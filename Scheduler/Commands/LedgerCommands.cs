using PatchEdge.Scheduler.Ledger.Verification;
using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Heads;
using PatchEdge.Scheduler.Ledger.Tree;
using PatchEdge.Scheduler.Storage;
using PatchEdge.Scheduler.Storage.Lease;

namespace PatchEdge.Scheduler.Commands;

/// <summary><c>ledger verify</c>, <c>ledger prove</c> and <c>ledger reopen</c>: on the files themselves.</summary>
internal static class LedgerCommands
{
    private static readonly Option<FileInfo[]> Head = new("--head")
    {
        Description = "File of further heads, such as a gateway's ledger-heads.txt; may be given several times",
        HelpName = "FILE",
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<FileInfo?> Key = new("--key") { Description = "Public key that signed the heads (PEM); without it, the configuration's own", HelpName = "FILE" };

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create() => new("ledger", "The record.") { Verify(), Prove(), Reopen() };

    private static Command Verify()
    {
        var command = new Command("verify", "Walk every entry, recompute chain and tree, and compare them with the heads noted outside the database.") { Head, Key };
        command.SetAction(async (parsed, cancellation) =>
        {
            var options = SchedulerFile.Read(SchedulerCommandLine.Directory(parsed));
            using var key = LedgerFiles.Key(options, parsed.GetValue(Key));
            // The heads first: an entry that a running scheduler adds meanwhile must not look as if it were gone.
            var anchors = LedgerFiles.Heads(Path.Combine(options.Data, DataDirectory.AnchorsName), parsed.GetValue(Head) ?? [], key);
            await using var place = StoragePlace.Of(options);
            await using var db = await place.ReadAsync(cancellation);
            var check = await LedgerVerifier.RunAsync(db, anchors, cancellation);
            if (check.Fault is { } fault)
            {
                await Console.Error.WriteLineAsync($"The ledger does not verify: {fault}. The {check.Entries} entries before hold together.");
                return ExitCodes.Problem;
            }

            await Console.Out.WriteLineAsync($"The ledger holds together: {check.Entries} entries, head {check.Head}, root {check.Root}.");
            await Console.Out.WriteLineAsync($"It agrees with {anchors.Heads.Count} signed heads and {anchors.Entries.Count} hashes noted outside the database.");
            foreach (var lost in check.Reopened)
                await Console.Out.WriteLineAsync($"Entries {lost.From} to {lost.To} were lost and put on record as lost.");
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Prove()
    {
        var index = new Argument<long>("INDEX") { Description = "Index of the entry" };
        var command = new Command("prove", "Print an entry with the proof that it is in the newest signed head, as JSON.") { index, Key };
        command.SetAction(async (parsed, cancellation) =>
        {
            var options = SchedulerFile.Read(SchedulerCommandLine.Directory(parsed));
            using var key = LedgerFiles.Key(options, parsed.GetValue(Key));
            await using var place = StoragePlace.Of(options);
            await using var db = await place.ReadAsync(cancellation);
            var wanted = parsed.GetRequiredValue(index);
            if (await db.Ledger.AsNoTracking().FirstOrDefaultAsync(item => item.Index == wanted, cancellation) is not { } entry)
                throw new CommandException($"there is no entry {wanted}: the ledger has {await StoredTree.SizeAsync(db, cancellation)}");
            if (await db.LedgerHeads.AsNoTracking().OrderByDescending(item => item.Size).FirstOrDefaultAsync(cancellation) is not { } head || head.Size < wanted)
                throw new CommandException($"entry {wanted} is younger than the newest signed head: a running scheduler signs one within a minute");
            try
            {
                var path = await TreeProofs.InclusionAsync(wanted - 1, head.Size, StoredTree.Of(db, cancellation));
                if (key.Read(head.Token) is not { } signed || !TreeVerifier.Includes(wanted - 1, TreeHash.Leaf(entry.Json), signed.Size, Convert.FromHexString(signed.Root), path))
                    throw new CommandException($"entry {wanted} is not in the signed head of {head.Size} entries: run 'ledger verify'");
                var proof = new JsonObject
                {
                    ["index"] = wanted,
                    ["entry"] = entry.Json,
                    ["leaf"] = entry.Hash,
                    ["path"] = new JsonArray([.. path.Select(hash => (JsonNode)Convert.ToHexStringLower(hash))]),
                    ["size"] = signed.Size,
                    ["root"] = signed.Root,
                    ["head"] = head.Token,
                };
                await Console.Out.WriteLineAsync(proof.ToJsonString(Indented));
                return ExitCodes.Success;
            }
            catch (LedgerDamagedException exception)
            {
                throw new CommandException($"{exception.Message}: run 'ledger verify'");
            }
        });
        return command;
    }

    private static Command Reopen()
    {
        var reason = new Option<string>("--reason") { Description = "What happened and who decided, for the record", HelpName = "TEXT", Required = true };
        var command = new Command("reopen", "When entries are lost for good: put on record which, so that releases can go on. Only while the scheduler is stopped.") { reason, Head };
        command.SetAction(async (parsed, cancellation) =>
        {
            var options = SchedulerFile.Read(SchedulerCommandLine.Directory(parsed));
            if (string.IsNullOrWhiteSpace(parsed.GetValue(reason)))
                throw new CommandException("--reason must say what happened and who decided");
            using var key = LedgerFiles.Key(options, null);
            using var data = DataDirectory.Take(options.Data);
            var by = $"{Printable.Line(SchedulerCommandLine.Who(parsed))} (local)";
            await using var term = await OfflineTerm.TakeAsync(data, options, TimeProvider.System, cancellation);
            var anchors = LedgerFiles.Heads(data.Anchors, parsed.GetValue(Head) ?? [], key);
            var (done, message) = await LedgerReopening.RunAsync(data, term, anchors, by, Printable.Line(parsed.GetRequiredValue(reason)), TimeProvider.System, cancellation);
            await (done ? Console.Out : Console.Error).WriteLineAsync(message);
            return done ? ExitCodes.Success : ExitCodes.Problem;
        });
        return command;
    }
}
