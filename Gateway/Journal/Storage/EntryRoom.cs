namespace PatchEdge.Gateway.Journal.Storage;

/// <summary>
/// Where one reader's entries lie until its next portion: one array that is used again, so that a steady delivery leaves no garbage.
/// What does not fit lies in an array of its own.
/// </summary>
/// <param name="size">In bytes: what the entries of a portion usually take together.</param>
internal sealed class EntryRoom(int size)
{
    private byte[] kept = [];
    private int taken;

    /// <summary>Begins anew: the content of all entries before may change from now on.</summary>
    public void Clear() => taken = 0;

    /// <summary>Room for so many bytes, their content undefined.</summary>
    public Memory<byte> Take(int length)
    {
        if (length > size)
            return GC.AllocateUninitializedArray<byte>(length);
        if (kept.Length == 0)
            kept = GC.AllocateUninitializedArray<byte>(size);
        if (kept.Length - taken < length)
        {
            // Entries that were given out keep the array that they lie in.
            kept = GC.AllocateUninitializedArray<byte>(size);
            taken = 0;
        }

        var memory = kept.AsMemory(taken, length);
        taken += length;
        return memory;
    }
}
