using PatchEdge.Plant.Files;

namespace PatchEdge.Scheduler.Storage;

/// <summary>The scheduler's data directory, held by one process at a time.</summary>
internal sealed class DataDirectory : IDisposable
{
    public const string DatabaseName = "scheduler.db";
    public const string ContinuityName = "continuity.db";
    public const string AccountsName = "accounts.db";
    public const string AnchorsName = "ledger-heads.txt";

    private readonly FileStream held;

    private DataDirectory(string path, FileStream held) => (Location, this.held) = (path, held);

    public string Location { get; }

    public string Database => Path.Combine(Location, DatabaseName);

    /// <summary>Heads of the ledger, noted outside the database.</summary>
    public string Anchors => Path.Combine(Location, AnchorsName);

    /// <summary>Accounts of people who sign in, and their roles.</summary>
    public string Accounts => Path.Combine(Location, AccountsName);

    /// <summary>What gateways said of their watching.</summary>
    public string Continuity => Path.Combine(Location, ContinuityName);

    /// <summary>Quartz keeps its alarm clock in a file of its own: it may be deleted at any time, and is rebuilt from the runs.</summary>
    public string AlarmClock => Path.Combine(Location, "quartz.db");

    /// <summary>Bearer token of the local command line, readable by its owner only; written at every start.</summary>
    public string LocalToken => Path.Combine(Location, "local-api.token");

    /// <summary>Address on which the API of the running scheduler answers; written at every start.</summary>
    public string LocalAddress => Path.Combine(Location, "local-api.address");

    /// <summary>Takes the directory, making it when it does not exist.</summary>
    /// <exception cref="ConfigurationException">Another process holds it, or it cannot be written.</exception>
    public static DataDirectory Take(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(path);
            else
                Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var held = new FileStream(Path.Combine(path, "scheduler.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return new DataDirectory(path, held);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(new ConfigurationError(
                path, 0, "data", null, $"another scheduler holds this directory, or it cannot be written ({exception.Message}): stop the other one, or give this one its own"));
        }
    }

    public void Dispose() => held.Dispose();
}
