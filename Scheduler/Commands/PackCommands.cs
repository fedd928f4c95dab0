using System.CommandLine;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Continuity;
using PatchEdge.Scheduler.Execution.Permits;
using PatchEdge.Scheduler.Ledger.Heads;
using PatchEdge.Scheduler.Ledger.Pack;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Commands;

/// <summary><c>pack export</c> and <c>pack verify</c>.</summary>
internal static class PackCommands
{
    public static Command Create() => new("pack", "Evidence packs: what a run rests on, in one file that verifies offline.") { Export(), Verify() };

    private static Command Export()
    {
        var run = new Option<string>("--run") { Description = "The run: a job's id, a dot and the attempt, such as JOB-7.1", HelpName = "RUN", Required = true };
        var output = new Option<FileInfo>("--output", "-o") { Description = "Where to write it", HelpName = "FILE", Required = true };
        var command = new Command("export", "Write the evidence pack of a run; also while the scheduler runs.") { run, output };
        command.SetAction(async (parsed, cancellation) =>
        {
            var options = SchedulerFile.Read(SchedulerCommandLine.Directory(parsed));
            var plant = PlantFile.Read(options.Plant);
            var file = parsed.GetRequiredValue(output);
            if (!File.Exists(options.SigningKey))
                throw new CommandException($"there is no key {options.SigningKey}: no scheduler has run with this configuration");
            using var signer = PermitSigner.Open(options.SigningKey);
            await using var place = StoragePlace.Of(options);
            await using var db = await place.ReadAsync(cancellation);
            await using var continuity = await OpenContinuityAsync(place, options, cancellation);
            try
            {
                var pack = await new PackExporter(plant, signer, TimeProvider.System).ExportAsync(db, continuity, parsed.GetRequiredValue(run), cancellation);
                await File.WriteAllBytesAsync(file.FullName, pack, cancellation);
                await Console.Out.WriteLineAsync($"{file.FullName}: {pack.Length} bytes, signed with {signer.Thumbprint}.");
                return ExitCodes.Success;
            }
            catch (PackException exception)
            {
                throw new CommandException(exception.Message);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new CommandException($"{file.FullName} cannot be written: {exception.Message}");
            }
        });
        return command;
    }

    /// <summary>Reads the pack and the named files, and nothing else: it needs no configuration.</summary>
    private static Command Verify()
    {
        var file = new Argument<FileInfo>("FILE") { Description = "The pack" };
        var key = new Option<FileInfo?>("--key") { Description = "Public key that must have signed it (PEM), from a place of your own", HelpName = "PEM" };
        var heads = new Option<FileInfo[]>("--head")
        {
            Description = "File of heads that were kept elsewhere, such as a gateway's ledger-heads.txt; may be given several times", HelpName = "FILE", DefaultValueFactory = _ => [],
        };
        var command = new Command("verify", "Verify a pack offline: every byte, every proof, and what was kept elsewhere.") { file, key, heads };
        command.SetAction(async (parsed, cancellation) =>
        {
            var bytes = await ReadAsync(parsed.GetRequiredValue(file), cancellation);
            var pinned = parsed.GetValue(key) is { } pem ? Pem(pem) : null;
            var further = parsed.GetValue(heads) ?? [];
            var verdict = PackVerifier.Verify(bytes, pinned, further.Length == 0 ? null : reader => LedgerFiles.Heads(null, further, reader));
            foreach (var finding in verdict.Findings)
                await Console.Out.WriteLineAsync(finding);
            foreach (var warning in verdict.Warnings)
                await Console.Error.WriteLineAsync($"WARNING: {Printable.Line(warning)}");
            foreach (var fault in verdict.Faults)
                await Console.Error.WriteLineAsync($"FAULT: {Printable.Line(fault)}");
            await (verdict.Holds ? Console.Out : Console.Error).WriteLineAsync(verdict.Holds ? "The pack holds." : "The pack does not hold: do not rely on it.");
            return verdict.Holds ? ExitCodes.Success : ExitCodes.Problem;
        });
        return command;
    }

    private static async Task<ContinuityDb> OpenContinuityAsync(StoragePlace place, SchedulerOptions options, CancellationToken cancellation)
    {
        var builder = new DbContextOptionsBuilder<ContinuityDb>();
        place.UseContinuity(builder);
        var db = new ContinuityDb(builder.Options);
        if (place.Server is null)
            await Schema.PrepareAsync(db, Path.Combine(options.Data, DataDirectory.ContinuityName), ContinuityDb.Plan, cancellation);
        return db;
    }

    private static async Task<byte[]> ReadAsync(FileInfo file, CancellationToken cancellation)
    {
        try
        {
            return file.Length > StoredZip.LargestFile
                ? throw new CommandException($"{file.FullName} is larger than {StoredZip.LargestFile >> 20} MiB, which no pack is")
                : await File.ReadAllBytesAsync(file.FullName, cancellation);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{file.FullName} cannot be read: {exception.Message}");
        }
    }

    private static string Pem(FileInfo file)
    {
        using var key = LedgerFiles.Key(file.FullName);
        return File.ReadAllText(file.FullName);
    }
}
