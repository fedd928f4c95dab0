using System.Buffers.Text;

namespace PatchEdge.Scheduler.Execution.Permits;

/// <summary>Remembers the last nonces, so that a request that is sent again is not answered again. Not thread-safe.</summary>
internal sealed class NonceBook
{
    public const int Bytes = 32;
    private const int Capacity = 4_096;

    private readonly HashSet<string> seen = new(StringComparer.Ordinal);
    private readonly Queue<string> order = new();

    /// <summary>False when it is no nonce, or was used before.</summary>
    public bool TryUse(string nonce)
    {
        if (nonce.Length > 64 || !Base64Url.IsValid(nonce, out var bytes) || bytes != Bytes || !seen.Add(nonce))
            return false;
        order.Enqueue(nonce);
        if (order.Count > Capacity)
            seen.Remove(order.Dequeue());
        return true;
    }
}
