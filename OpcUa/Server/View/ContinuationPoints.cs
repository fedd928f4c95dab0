using System.Buffers.Binary;
using System.Security.Cryptography;

namespace PatchEdge.OpcUa.Server.View;

/// <summary>
/// Where a session's unfinished browses and history reads go on (Part 4 §7.9). Bounded: without a free one the client hears
/// BadNoContinuationPoints. Each is used once. Thread-safe.
/// </summary>
internal sealed class ContinuationPoints(int capacity)
{
    private readonly Lock gate = new();
    private readonly Dictionary<ulong, object> states = [];

    public int Count
    {
        get
        {
            lock (gate) return states.Count;
        }
    }

    /// <summary>Keeps the state; null when there is no room.</summary>
    public byte[]? Keep(object state)
    {
        lock (gate)
        {
            if (states.Count >= capacity) return null;
            byte[] point = RandomNumberGenerator.GetBytes(sizeof(ulong));
            return states.TryAdd(BinaryPrimitives.ReadUInt64LittleEndian(point), state) ? point : null;
        }
    }

    /// <summary>Gives the state back and forgets it; null when the point is unknown or of another kind.</summary>
    public T? Take<T>(byte[]? point) where T : class
    {
        if (point is not { Length: sizeof(ulong) }) return null;
        ulong key = BinaryPrimitives.ReadUInt64LittleEndian(point);
        lock (gate)
        {
            if (!states.TryGetValue(key, out object? state) || state is not T found) return null;
            states.Remove(key);
            return found;
        }
    }
}
