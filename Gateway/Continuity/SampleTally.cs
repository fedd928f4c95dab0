using System.Numerics;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.Gateway.Continuity;

/// <summary>Counts what arrives by source within one window, without allocating.</summary>
internal sealed class SampleTally
{
    private const int Buckets = 16;

    private Counters[] counters;
    private uint[]?[] latencies;

    /// <param name="sources">How many sources there are.</param>
    /// <param name="withMedian">Whether a source's median latency is kept.</param>
    public SampleTally(int sources, Func<int, bool> withMedian)
    {
        counters = new Counters[sources];
        latencies = new uint[]?[sources];
        for (var index = 0; index < sources; index++)
            latencies[index] = withMedian(index) ? new uint[Buckets] : null;
    }

    /// <summary>Makes room for more sources; what was counted stays.</summary>
    public void Grow(int sources, Func<int, bool> withMedian)
    {
        Array.Resize(ref counters, sources);
        Array.Resize(ref latencies, sources);
        for (var index = 0; index < sources; index++)
            latencies[index] = withMedian(index) ? latencies[index] ?? new uint[Buckets] : null;
    }

    /// <param name="source">Index of the source.</param>
    /// <param name="status">The value's quality.</param>
    /// <param name="latency">From source to gateway; negative counts as none, null when the server gave no time.</param>
    public void Add(int source, StatusCode status, TimeSpan? latency)
    {
        ref var counter = ref counters[source];
        counter.Samples++;
        if (!status.IsGood)
            counter.Bad++;
        if (status.HasOverflow)
            counter.Overflow++;
        if (latency is not { } span)
            return;
        var milliseconds = Math.Clamp(span.TotalMilliseconds, 0, uint.MaxValue);
        counter.LatencyMax = Math.Max(counter.LatencyMax, (float)milliseconds);
        counter.HasLatency = true;
        if (latencies[source] is { } histogram)
            histogram[Math.Min(Buckets - 1, 32 - BitOperations.LeadingZeroCount((uint)milliseconds))]++;
    }

    public SampleCounts this[int source]
    {
        get
        {
            ref readonly var counter = ref counters[source];
            return new SampleCounts(counter.Samples, counter.Bad, counter.Overflow, Median(source), counter.HasLatency ? counter.LatencyMax : null);
        }
    }

    public void Clear()
    {
        Array.Clear(counters);
        foreach (var histogram in latencies)
            if (histogram is not null)
                Array.Clear(histogram);
    }

    private double? Median(int source)
    {
        if (latencies[source] is not { } histogram)
            return null;
        long total = 0;
        foreach (var count in histogram)
            total += count;
        if (total == 0)
            return null;
        long seen = 0;
        for (var bucket = 0; bucket < Buckets; bucket++)
        {
            seen += histogram[bucket];
            if (seen * 2 >= total)
                return Math.Min(1 << bucket, counters[source].LatencyMax);
        }

        return counters[source].LatencyMax;
    }

    private struct Counters
    {
        public uint Samples;
        public uint Bad;
        public uint Overflow;
        public float LatencyMax;
        public bool HasLatency;
    }
}
