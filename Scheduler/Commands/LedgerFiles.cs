using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Ledger.Heads;

namespace PatchEdge.Scheduler.Commands;

/// <summary>The ledger's files, for commands that must answer also when no scheduler runs, or when one that runs cannot be trusted.</summary>
internal static class LedgerFiles
{
    /// <summary>The key that signs heads: that of the configuration, or one that somebody else vouches for.</summary>
    /// <exception cref="CommandException">It cannot be read.</exception>
    public static HeadReader Key(SchedulerOptions options, FileInfo? given) => Key(given?.FullName ?? Path.ChangeExtension(options.SigningKey, ".pub.pem"));

    /// <inheritdoc cref="Key(SchedulerOptions, FileInfo?)"/>
    public static HeadReader Key(string file)
    {
        try
        {
            return HeadReader.Of(File.ReadAllText(file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new CommandException($"the public key {file} cannot be used: {exception.Message}");
        }
    }

    /// <summary>Heads beside the database and in further files, such as those that gateways keep.</summary>
    /// <exception cref="CommandException">A named file is not there, or holds a line that the key did not sign.</exception>
    public static AnchoredHeads Heads(string? own, IEnumerable<FileInfo> further, HeadReader key)
    {
        var known = own is null ? new AnchoredHeads() : new LedgerAnchors(own).Read(key.Read);
        foreach (var file in further)
        {
            if (!file.Exists)
                throw new CommandException($"there is no file {file.FullName}");
            known.Strange.Clear();
            LedgerAnchors.ReadInto(known, file.FullName, key.Read);
            if (known.Strange is [var line, ..])
                throw new CommandException($"{file.FullName}:{line}: this is neither a head that the key {key.Thumbprint[..16]}… signed nor an index with a hash");
        }

        return known;
    }
}
