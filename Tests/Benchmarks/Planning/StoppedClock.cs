namespace PatchEdge.Benchmarks.Planning;

/// <summary>A clock that stands still but when it is told, so that what was heard is as old at the end of a measurement as at its beginning.</summary>
internal sealed class StoppedClock(DateTimeOffset start) : TimeProvider
{
    private TimeSpan passed;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public void Advance(TimeSpan span) => passed += span;

    public override DateTimeOffset GetUtcNow() => start + passed;

    public override long GetTimestamp() => passed.Ticks;
}
