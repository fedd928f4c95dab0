using System.Buffers.Text;
using System.Security.Cryptography;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Agent.Permits;

/// <summary>A nonce that was sent for an offer.</summary>
internal sealed record PendingNonce(string Nonce, PermitOffer Offer, Moment Sent);

/// <summary>The nonces this agent has sent and that may still be answered. In memory only: a restart forgets them, and with them every permit on its way.</summary>
/// <remarks>Bounded: when too many are open, no new one is made until some have died of age, so nobody can push a genuine one out.</remarks>
internal sealed class PendingNonces(TimeSpan longestLifetime, TimeProvider time)
{
    public const int MaximumOpen = 16;
    private const int MaximumUsed = 256;
    private const int NonceBytes = 32;

    private readonly Dictionary<string, PendingNonce> open = new(StringComparer.Ordinal);
    private readonly HashSet<string> used = new(StringComparer.Ordinal);
    private readonly Queue<string> usedInOrder = new();

    /// <summary>32 random bytes, base64url.</summary>
    public static string Create() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(NonceBytes));

    /// <summary>Null when too many are open.</summary>
    public PendingNonce? Open(PermitOffer offer)
    {
        foreach (var old in open.Values.Where(pending => pending.Sent.Elapsed(time) > 2 * longestLifetime).ToArray())
            open.Remove(old.Nonce);
        if (open.Count >= MaximumOpen)
            return null;
        var pending = new PendingNonce(Create(), offer, Moment.Now(time));
        open.Add(pending.Nonce, pending);
        return pending;
    }

    /// <summary>Gives it once; a second time it counts as used.</summary>
    public PendingNonce? Take(string nonce, out Refusal why)
    {
        why = used.Contains(nonce) ? Refusal.UsedNonce : Refusal.UnknownNonce;
        if (!open.TryGetValue(nonce, out var pending))
            return null;
        Retire(nonce);
        return pending;
    }

    private void Retire(string nonce)
    {
        open.Remove(nonce);
        used.Add(nonce);
        usedInOrder.Enqueue(nonce);
        if (usedInOrder.Count > MaximumUsed)
            used.Remove(usedInOrder.Dequeue());
    }
}
