using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Transport;

/// <summary>
/// What this side reserves for a peer at most: sizes in bytes, and deadlines for whole operations. A peer's "no limit"
/// (0 in Hello or Acknowledge) lifts what we may send; it never lifts what we receive.
/// </summary>
public sealed record TransportLimits
{
    /// <summary>Smallest buffer that a peer may offer (Part 6 §7.1.2.3).</summary>
    public const int SmallestChunk = 8192;

    /// <summary>Largest chunk that we offer to receive and to send; 8 KiB to 1 MiB.</summary>
    public int ChunkSize { get; init; } = 64 * 1024;

    /// <summary>
    /// Chunks in one message that are always tolerated. With a peer whose chunks are small more are, but never more than the
    /// largest message needs in full chunks.
    /// </summary>
    public int ChunkCount { get; init; } = 64;

    /// <summary>Largest request that a server takes.</summary>
    public int RequestSize { get; init; } = 2 * 1024 * 1024;

    /// <summary>Largest response that a client takes.</summary>
    public int ResponseSize { get; init; } = 16 * 1024 * 1024;

    /// <summary>Bytes of unfinished messages, all of one peer together.</summary>
    public int PartialBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Unfinished messages of one peer at a time.</summary>
    public int OpenMessages { get; init; } = 16;

    /// <summary>From the accepted connection to a secure channel: Hello, Acknowledge and OpenSecureChannel together.</summary>
    public TimeSpan OpenDeadline { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>From the first byte of a chunk to its last.</summary>
    public TimeSpan ChunkDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>From the first chunk of a message to its last.</summary>
    public TimeSpan MessageDeadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For one chunk to be taken by a peer that reads slowly.</summary>
    public TimeSpan SendDeadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Throws <see cref="ArgumentException"/> that names the property and what is allowed.</summary>
    public void Validate()
    {
        Require(ChunkSize is >= SmallestChunk and <= 1024 * 1024, nameof(ChunkSize), "8192 to 1048576");
        Require(ChunkCount is >= 1 and <= 65536, nameof(ChunkCount), "1 to 65536");
        Require(RequestSize >= SmallestChunk, nameof(RequestSize), "8192 or more");
        Require(ResponseSize >= SmallestChunk, nameof(ResponseSize), "8192 or more");
        Require(PartialBytes >= Math.Min(RequestSize, ResponseSize), nameof(PartialBytes), "at least one message");
        Require(OpenMessages >= 1, nameof(OpenMessages), "1 or more");
        Require(OpenDeadline > TimeSpan.Zero, nameof(OpenDeadline), "more than zero");
        Require(ChunkDeadline > TimeSpan.Zero, nameof(ChunkDeadline), "more than zero");
        Require(MessageDeadline > TimeSpan.Zero, nameof(MessageDeadline), "more than zero");
        Require(SendDeadline > TimeSpan.Zero, nameof(SendDeadline), "more than zero");
    }

    internal int ChunksFor(int messageSize, int chunkSize) => Math.Max(ChunkCount, messageSize / (chunkSize - 512) + 1);

    private static void Require(bool holds, string name, string allowed)
    {
        if (!holds)
            throw new ArgumentException($"{nameof(TransportLimits)}.{name} is out of range; allowed: {allowed}.", name);
    }
}
