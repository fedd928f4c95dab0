using System.Diagnostics;

namespace PatchEdge.Benchmarks.OpcUa;

/// <summary>The decoder in short: the fastest of many turns, which on a busy machine is the one that nobody disturbed.</summary>
internal static class DecoderAlone
{
    private const int Turns = 400;

    public static IEnumerable<(string Measure, string Security, string Column, double Value)> Measure()
    {
        using var sample = new PublishSample();
        var copy = Fastest(() => sample.Copy());
        var both = Fastest(() => sample.CopyAndDecode());
        var open = Fastest(() => sample.Open());
        var all = Fastest(() => sample.OpenAndDecode());
        const string Time = "decoder alone: ns per notification";
        const string Memory = "decoder alone: bytes allocated per notification";
        return
        [
            (Time, "None", "ours", both.Nanoseconds), (Time, "None", "floor", copy.Nanoseconds),
            (Time, "Basic256Sha256", "ours", all.Nanoseconds), (Time, "Basic256Sha256", "floor", open.Nanoseconds),
            (Memory, "None", "ours", both.Bytes), (Memory, "None", "floor", copy.Bytes),
            (Memory, "Basic256Sha256", "ours", all.Bytes), (Memory, "Basic256Sha256", "floor", open.Bytes),
        ];
    }

    private static (double Nanoseconds, double Bytes) Fastest(Action turn)
    {
        for (var i = 0; i < Turns / 4; i++)
            turn();
        var fastest = TimeSpan.MaxValue;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Turns; i++)
        {
            var start = Stopwatch.GetTimestamp();
            turn();
            var took = Stopwatch.GetElapsedTime(start);
            if (took < fastest)
                fastest = took;
        }
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        return (fastest.TotalNanoseconds / PublishSample.Notifications, (double)bytes / Turns / PublishSample.Notifications);
    }
}
