using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>
/// The nonces of one session (Part 4, CreateSession and ActivateSession): 32 to 128 bytes, never all zero, never one that was seen
/// before. The client's signature and password cover the last one, so that a stale nonce would let them be replayed.
/// </summary>
internal sealed class ServerNonces
{
    private const int Remembered = 256;

    private readonly Queue<byte[]> seen = new();

    /// <summary>The one to sign or encrypt with next.</summary>
    public byte[] Last { get; private set; } = [];

    /// <param name="required">Policy None needs no nonce, and some servers send none; one that is sent is checked all the same.</param>
    /// <exception cref="UaException">BadNonceInvalid.</exception>
    public void Accept(byte[]? nonce, bool required, string where)
    {
        if (nonce is null or { Length: 0 } && !required)
        {
            Last = [];
            return;
        }
        if (nonce is not { Length: >= 32 and <= 128 })
            throw Refused($"The server's nonce has {nonce?.Length ?? 0} bytes", where);
        if (!nonce.AsSpan().ContainsAnyExcept((byte)0))
            throw Refused("The server's nonce is all zero", where);
        if (seen.Any(earlier => earlier.AsSpan().SequenceEqual(nonce)))
            throw Refused("The server's nonce is one that it has used before", where);
        if (seen.Count == Remembered)
            seen.Dequeue();
        seen.Enqueue(nonce);
        Last = nonce;
    }

    private static UaException Refused(string what, string where) =>
        new(StatusCodes.BadNonceInvalid, what, where, "A server must send 32 to 128 fresh random bytes; do not trust this one");
}
