namespace PatchEdge.OpcUa.Encoding;

/// <summary>What a peer may make us decode. Every limit is checked before memory is allocated for it.</summary>
public sealed record DecodingLimits
{
    /// <summary>For requests of clients, who may be anybody.</summary>
    public static DecodingLimits Request { get; } = new();

    /// <summary>For responses of servers that we chose.</summary>
    public static DecodingLimits Response { get; } = new() { MaxStringBytes = 1 << 20, CutsPadding = true, SparesMessages = true };

    /// <summary>Longest string in UTF-8 bytes.</summary>
    public int MaxStringBytes { get; init; } = 64 * 1024;

    /// <summary>
    /// Cuts NULs off the end of strings, with which controllers pad those of a fixed length; otherwise one such value would cost every
    /// value beside it. A NUL inside a string is no text in any case.
    /// </summary>
    public bool CutsPadding { get; init; }

    /// <summary>
    /// Text in a DataValue that is none (malformed UTF-8, such as Latin-1, or NUL inside) makes that value null and BadDecodingError;
    /// otherwise, and anywhere else, it makes the message refused.
    /// </summary>
    public bool SparesMessages { get; init; }

    /// <summary>Variants, ExtensionObjects and DataValues inside each other; a stack overflow could not be caught.</summary>
    public int MaxNesting { get; init; } = 100;

    public int MaxDiagnosticInfoNesting { get; init; } = 10;

    /// <summary>Memory for arrays per byte of the message: one empty DataValue is one byte on the wire and many in memory.</summary>
    public int MaxExpansion { get; init; } = 16;
}
