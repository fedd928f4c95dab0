namespace PatchEdge.Scheduler.Storage.Lease;

/// <summary>Where people reach this scheduler's console, once that is known. Thread-safe.</summary>
internal sealed class ConsoleAddress(string? configured)
{
    private volatile string bound = "";

    /// <summary>Empty before it listens.</summary>
    public string Value => configured ?? bound;

    public void Listens(string at) => bound = at;
}
