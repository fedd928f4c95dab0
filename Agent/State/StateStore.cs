using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace PatchEdge.Agent.State;

/// <summary>The agent's durable state: one JSON line and its checksum, replaced as a whole. Lost or damaged, it is never begun anew by itself.</summary>
/// <remarks>
/// One process at a time owns the directory. One writer at a time: the permit desk while the agent is free, the run while one is under way;
/// anyone may read <see cref="Current"/>. A marker file tells a first start from a state that was deleted.
/// </remarks>
internal sealed class StateStore : IDisposable
{
    public const string FileName = "agent.state";
    private const string MarkerName = "agent.initialised";
    private const string LockName = "agent.lock";
    private const int MaximumBytes = 1024 * 1024;

    private readonly string path;
    private readonly FileStream ownership;
    private volatile AgentState? current;
    private volatile string? fault;

    private StateStore(string directory, FileStream ownership)
    {
        path = Path.Combine(directory, FileName);
        this.ownership = ownership;
    }

    /// <summary>What is on disk; null while <see cref="Fault"/> says why it is not known.</summary>
    public AgentState? Current => current;

    /// <summary>Why no permit can be accepted, and what to do; null when the state is sound.</summary>
    public string? Fault => fault;

    /// <summary>Takes the directory and reads the state; a damaged one becomes <see cref="Fault"/>.</summary>
    /// <exception cref="IOException">Another process owns the directory, or it cannot be used.</exception>
    public static StateStore Open(string directory, string site, string host)
    {
        Directory.CreateDirectory(directory);
        var store = new StateStore(directory, Own(directory));
        try
        {
            store.Load(directory, site, host);
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Begins a new state in place of a damaged or deleted one, which is set aside; only a person may ask for this.</summary>
    /// <exception cref="IOException">Another process owns the directory, or it cannot be written.</exception>
    public static void Reset(string directory, string site, string host, long highestToken, DateTimeOffset now)
    {
        Directory.CreateDirectory(directory);
        using var store = new StateStore(directory, Own(directory));
        if (File.Exists(store.path))
            File.Move(store.path, $"{store.path}.damaged-{now:yyyyMMddTHHmmss}", overwrite: true);
        store.Begin(directory, new AgentState { Version = AgentState.CurrentVersion, Site = site, Host = host, HighestToken = highestToken });
    }

    /// <summary>Reads without owning the directory, for people who look at a running agent.</summary>
    public static AgentState? Peek(string directory, out string? fault)
    {
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path))
        {
            fault = File.Exists(Path.Combine(directory, MarkerName)) ? Advice(path, "it was deleted") : null;
            return null;
        }

        return Read(path, out fault);
    }

    /// <summary>Durable on return.</summary>
    /// <exception cref="IOException">Not durable; from now on <see cref="Fault"/> is set and every further save fails, until a restart has read what is on disk.</exception>
    public void Save(AgentState next)
    {
        if (fault is not null || current is not { } last)
            throw new IOException(fault);
        if (next.HighestToken < last.HighestToken)
            throw new ArgumentException($"The highest token cannot sink from {last.HighestToken} to {next.HighestToken}.", nameof(next));
        try
        {
            DurableFile.Replace(path, Seal(next));
            current = next;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            fault = $"The state file {path} could not be written ({exception.Message}). No permit is accepted: make room or repair the disk, then restart the agent.";
            throw new IOException(fault, exception);
        }
    }

    public void Dispose() => ownership.Dispose();

    private void Load(string directory, string site, string host)
    {
        var marked = File.Exists(Path.Combine(directory, MarkerName));
        if (!File.Exists(path))
        {
            if (marked)
                fault = Advice(path, "it was deleted");
            else
                Begin(directory, new AgentState { Version = AgentState.CurrentVersion, Site = site, Host = host, HighestToken = 0 });
            return;
        }

        var state = Read(path, out var reason);
        if (state is not null && (state.Site != site || state.Host != host))
        {
            reason = $"The state file {path} belongs to host '{state.Host}' of site '{state.Site}', not to '{host}' of '{site}'. "
                + "No permit is accepted: give this agent a data directory of its own.";
            state = null;
        }

        current = state;
        fault = reason;
        if (!marked && state is not null)
            DurableFile.Replace(Path.Combine(directory, MarkerName), "1\n"u8);
    }

    private void Begin(string directory, AgentState state)
    {
        DurableFile.Replace(path, Seal(state));
        DurableFile.Replace(Path.Combine(directory, MarkerName), "1\n"u8);
        current = state;
    }

    private static FileStream Own(string directory)
    {
        var path = Path.Combine(directory, LockName);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new IOException($"The data directory {directory} is in use by another agent process ({exception.Message}). Stop that one first, or give this one a directory of its own.", exception);
        }
    }

    private static byte[] Seal(AgentState state)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(state, StateJson.Default.AgentState);
        return [.. json, .. Encoding.ASCII.GetBytes($"\nsha256 {Convert.ToHexStringLower(SHA256.HashData(json))}\n")];
    }

    private static AgentState? Read(string path, out string? fault)
    {
        try
        {
            var file = new FileInfo(path);
            if (file.Length > MaximumBytes)
                return Damaged(path, $"it has {file.Length} bytes", out fault);
            var bytes = File.ReadAllBytes(path);
            var end = Array.IndexOf(bytes, (byte)'\n');
            if (end < 0)
                return Damaged(path, "its checksum is missing", out fault);
            var sum = Encoding.ASCII.GetBytes($"sha256 {Convert.ToHexStringLower(SHA256.HashData(bytes.AsSpan(0, end)))}\n");
            if (!bytes.AsSpan(end + 1).SequenceEqual(sum))
                return Damaged(path, "its checksum does not match", out fault);
            var state = JsonSerializer.Deserialize(bytes.AsSpan(0, end), StateJson.Default.AgentState);
            if (state is null || state.Version != AgentState.CurrentVersion || state.HighestToken < 0)
                return Damaged(path, $"it has version {state?.Version}, this agent reads {AgentState.CurrentVersion}", out fault);
            fault = null;
            return state;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or NotSupportedException)
        {
            return Damaged(path, exception.Message, out fault);
        }
    }

    private static AgentState? Damaged(string path, string why, out string fault)
    {
        fault = Advice(path, why);
        return null;
    }

    private static string Advice(string path, string why) =>
        $"The state file {path} cannot be trusted: {why}. No permit is accepted. See that no run is under way on this host, take the highest token "
        + "that the scheduler's ledger holds for it, and run: patchedge-agent reset-state --highest-token TOKEN";
}
