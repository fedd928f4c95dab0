using System.Buffers.Text;

namespace PatchEdge.Scheduler.Execution.Permits;

/// <summary>Remembers the last nonces, so that a request that is sent again is not answered again. Not thread-safe.</summary>
/// <remarks>
/// It forgets with the process, and safety does not rest on it. Requests carry no signature: who can repeat one at the broker can make a new one as well, so a
/// longer memory would keep nobody out. What an old nonce may bring about is an answer that the agent refuses, since it keeps only nonces of its present life
/// that are not answered yet, counts their lifetime from when it sent them, and takes no token twice. Until that permit lapses its lines are held for nothing,
/// which an offer, the agent's present boot and every gate must have allowed.
/// </remarks>
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
