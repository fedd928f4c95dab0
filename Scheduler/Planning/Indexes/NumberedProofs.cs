namespace PatchEdge.Scheduler.Planning.Indexes;

/// <summary>What was worked out about things that have numbers, such as the lines of a plant. Thread-safe: two threads that work out the same at once both keep what is right.</summary>
/// <remarks>Pages, made when something of theirs is first kept: for one line of ten thousand it makes one.</remarks>
/// <param name="count">Numbers are below it.</param>
internal sealed class NumberedProofs<T>(int count)
    where T : class
{
    private const int PageBits = 8;
    private const int PageSize = 1 << PageBits;

    private readonly T?[]?[] pages = new T?[]?[(count + PageSize - 1) >> PageBits];

    /// <summary>Null when nothing was kept.</summary>
    public T? this[int number]
    {
        get => Volatile.Read(ref pages[number >> PageBits]) is { } page ? Volatile.Read(ref page[number & (PageSize - 1)]) : null;
        set
        {
            var page = Volatile.Read(ref pages[number >> PageBits]);
            if (page is null)
            {
                var made = new T?[PageSize];
                page = Interlocked.CompareExchange(ref pages[number >> PageBits], made, null) ?? made;
            }

            Volatile.Write(ref page[number & (PageSize - 1)], value);
        }
    }
}
