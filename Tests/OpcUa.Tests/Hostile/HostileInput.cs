namespace PatchEdge.OpcUa.Tests.Hostile;

/// <summary>Which of our two ends must survive it.</summary>
[Flags]
internal enum Side
{
    Client = 1,
    Server = 2,
    Both = Client | Server,
}

/// <summary>Something that a peer may do to hurt, and what must come of it.</summary>
internal sealed record HostileInput(int Number, Side Side, string Words)
{
    /// <summary>Each is held, at every end that it concerns, by at least one test with <see cref="HostileAttribute"/> of this number, which measures it.</summary>
    public static IReadOnlyList<HostileInput> All { get; } =
    [
        new(1, Side.Both, "A chunk of 0 bytes, of less than a header, of more than was agreed: closed before memory is reserved."),
        new(2, Side.Both, "Endless chunks: stopped at the limit of bytes or chunks."),
        new(3, Side.Both, "An abort chunk: ends its own message alone."),
        new(4, Side.Both, "Alternating messages: capped; an answer to nobody closes the connection."),
        new(5, Side.Both, "A negative length, or more elements than the bytes left can hold: refused before memory is reserved."),
        new(6, Side.Both, "Variants and ExtensionObjects nested 10,000 deep: refused at 100."),
        new(7, Side.Both, "DiagnosticInfo nested: refused beyond 10."),
        new(8, Side.Both, "Malformed UTF-8, NUL, lone surrogates: refused; in a response NUL as padding is cut, and any other costs its value alone."),
        new(9, Side.Both, "ArrayDimensions that overflow or do not match: refused."),
        new(10, Side.Both, "An ExtensionObject of another length than its fields: refused; an unknown type is kept by its length."),
        new(11, Side.Both, "Times beyond the range, NaN, infinities, enumerations that do not exist: clamped or refused."),
        new(12, Side.Both, "A gap, a repeat or a false wrap of sequence numbers: closed."),
        new(13, Side.Both, "A wrong channel or token, a token past 125 %: closed."),
        new(14, Side.Client, "An answer of the wrong type, twice or late: dropped and counted."),
        new(15, Side.Client, "An Acknowledge that grants too little or too much: refused."),
        new(16, Side.Client, "Loops and endless continuation points: each node once, capped in depth, pages and nodes."),
        new(17, Side.Client, "Escapes and line ends in names and texts: no message of ours carries them on."),
        new(18, Side.Both, "One byte per second: the deadline is for the whole."),
        new(19, Side.Server, "A flood of openings: capped by address and in all; the oldest channel without a session goes."),
        new(20, Side.Server, "No Hello, no opening: closed after five seconds."),
        new(21, Side.Server, "A request cut short: a fault of its own, or closed where not even its header can be read."),
        new(22, Side.Server, "A browse path of thousands of steps: refused."),
        new(23, Side.Server, "Thousands of calls, then CloseSession: capped and cancelled."),
        new(24, Side.Server, "Sessions that close and leave subscriptions: capped."),
        new(25, Side.Server, "A failing handler: its caller hears a status and no more."),
        new(26, Side.Server, "Any number of nonces: the memory of them is bounded."),
        new(27, Side.Both, "A chain that leads back to itself, or on and on: ended."),
        new(28, Side.Both, "A certificate of a megabyte, something behind it, a huge exponent: refused."),
        new(29, Side.Both, "Expired, not yet valid, revoked, no revocation list, wrong usage, URI or host: each its own local reason."),
        new(30, Side.Both, "A withdrawn policy: does not exist."),
        new(31, Side.Both, "A message or secret that does not decrypt: one answer, whatever the cause."),
        new(32, Side.Both, "An opening for the owner of another certificate: refused."),
        new(33, Side.Both, "A peer that is trusted no longer: refused at the next renewal at the latest."),
        new(34, Side.Both, "A flood of untrusted certificates: the last 128 are kept."),
        new(35, Side.Both, "A private key that others may read: refused."),
        new(36, Side.Both, "A session nonce that is short, zero or repeated: refused."),
        new(37, Side.Server, "ActivateSession with another certificate: refused."),
        new(38, Side.Client, "A missing notification: republished, or reported lost and every item read afresh."),
        new(39, Side.Client, "An overflow: marked on the value and counted."),
        new(40, Side.Client, "A connection lost during a renewal, or time and again: one owner, bounded pace."),
        new(41, Side.Client, "A server back with its namespaces in another order: resolved by their URIs."),
        new(42, Side.Client, "An old value that comes again: keeps its own time."),
    ];
}
