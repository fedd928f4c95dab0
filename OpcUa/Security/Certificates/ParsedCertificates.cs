using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace PatchEdge.OpcUa.Security.Certificates;

/// <summary>
/// Certificates that were read lately, by their bytes: each connection reads the same few several times over. Only what the bytes say
/// is kept, never whether they are trusted. Thread-safe.
/// </summary>
internal static class ParsedCertificates
{
    private const int Most = 256;

    private static readonly ConcurrentDictionary<UInt128, UaCertificate> Known = new();

    public static int Count => Known.Count;

    /// <summary>The certificate of these bytes; what <paramref name="parse"/> throws is not kept.</summary>
    public static UaCertificate Get(ReadOnlySpan<byte> der, Func<byte[], UaCertificate> parse)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(der, hash);
        var key = System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(hash);
        if (Known.TryGetValue(key, out var known) && der.SequenceEqual(known.Der))
            return known;
        var parsed = parse(der.ToArray());
        // A peer that sends ever new ones makes the others be read again, no more.
        if (Known.Count >= Most)
            Known.Clear();
        Known[key] = parsed;
        return parsed;
    }
}
