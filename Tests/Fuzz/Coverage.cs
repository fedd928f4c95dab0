using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace PatchEdge.Fuzz;

/// <summary>The map in which instrumented code counts the branches that it takes, and what of it was seen before.</summary>
internal sealed unsafe class Coverage
{
    private const int Size = 64 * 1024;

    private readonly byte[] seen = new byte[Size];
    private readonly byte* map = (byte*)NativeMemory.AllocZeroed(Size);

    public int Branches { get; private set; }

    /// <summary>Before any instrumented code runs: it writes to the map without asking.</summary>
    public void Attach() => Trace.SharedMem = map;

    /// <summary>Whether a branch was taken that never was before, or many times more often; clears the map for the next input.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TakeNew()
    {
        var isNew = false;
        for (var i = 0; i < Size; i++)
        {
            if (map[i] == 0)
                continue;
            var bucket = (byte)(1 << Math.Min(7, (int)Math.Log2(map[i])));
            if ((seen[i] & bucket) == 0)
            {
                if (seen[i] == 0)
                    Branches++;
                seen[i] |= bucket;
                isNew = true;
            }
            map[i] = 0;
        }
        Trace.PrevLocation = 0;
        return isNew;
    }
}
