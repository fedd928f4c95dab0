namespace PatchEdge.Benchmarks.Planning;

/// <summary>Gives the processor's cache to something else: it writes to every line of an array that is larger than the cache.</summary>
internal sealed class CacheFlush
{
    private const int Line = 64;

    // Twice the largest cache that a few cores share today.
    private readonly byte[] array = new byte[256 * 1024 * 1024];

    public void Flush()
    {
        for (var place = 0; place < array.Length; place += Line)
            array[place] ^= 1;
    }
}
