namespace PatchEdge.Scheduler.Planning;

/// <summary>Findings that were put into words lately, by what they say: among a hundred thousand hosts few are found to be different. Thread-safe.</summary>
/// <remarks>It keeps so many and no more; one that was dropped is put into words again, so nobody can tell but by the time it takes.</remarks>
/// <param name="say">Puts a finding into words. The key is all it may look at.</param>
internal sealed class Findings<TKey>(Func<TKey, Finding> say)
    where TKey : IEquatable<TKey>
{
    // A power of two.
    private const int Kept = 256;

    private readonly Said?[] said = new Said?[Kept];
    private Said? last;

    public Finding Of(TKey key)
    {
        // One reference is read and written whole: two threads that say the same at once both say what is right.
        if (last is { } latest && latest.Key.Equals(key))
            return latest.Finding;
        ref var place = ref said[key.GetHashCode() & (Kept - 1)];
        var known = place;
        if (known is null || !known.Key.Equals(key))
            place = known = new Said(key, say(key));
        last = known;
        return known.Finding;
    }

    private sealed record Said(TKey Key, Finding Finding);
}
