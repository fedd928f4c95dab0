namespace PatchEdge.OpcUa.Client;

/// <summary>Lets one caller in at a time, in order, across awaits.</summary>
internal sealed class Turns : IDisposable
{
    private readonly SemaphoreSlim gate = new(1);

    /// <summary>Waits for the turn; disposing what it returns passes it on.</summary>
    public async ValueTask<Turn> TakeAsync(CancellationToken cancellation)
    {
        await gate.WaitAsync(cancellation).ConfigureAwait(false);
        return new Turn(gate);
    }

    public void Dispose() => gate.Dispose();

    internal readonly struct Turn(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }
}
