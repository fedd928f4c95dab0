namespace PatchEdge.Scheduler.Execution;

/// <summary>Says that something a page shows may have changed. Thread-safe.</summary>
internal sealed class ChangeSignal
{
    /// <summary>Handlers must not block, and read what they show anew.</summary>
    public event Action? Changed;

    public void Raise() => Changed?.Invoke();
}
