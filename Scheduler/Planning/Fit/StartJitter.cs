using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using PatchEdge.Plant.Time;

namespace PatchEdge.Scheduler.Planning.Fit;

/// <summary>Spreads starts over the beginning of a window, so that a hundred hosts do not begin in one second. The run's id decides: the same run starts at the same moment, whoever asks.</summary>
internal static class StartJitter
{
    /// <summary>How long after the window's start the run's turn is: below <paramref name="most"/>, and never so long that it would no longer fit.</summary>
    /// <param name="runId">Seeds it, with the window's start.</param>
    /// <param name="window">The window.</param>
    /// <param name="most">Zero spreads nothing.</param>
    /// <param name="needed">What must still fit behind it.</param>
    public static TimeSpan Of(string runId, TimeRange window, TimeSpan most, TimeSpan needed)
    {
        var slack = window.Duration - needed;
        var span = most < slack ? most : slack;
        if (span <= TimeSpan.Zero)
            return TimeSpan.Zero;
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{runId} {window.Start.UtcTicks}"), hash);
        // Whole seconds, so that what is shown is what is meant.
        return TimeSpan.FromSeconds((long)(BinaryPrimitives.ReadUInt64BigEndian(hash) % (ulong)Math.Max(1, (long)span.TotalSeconds)));
    }
}
