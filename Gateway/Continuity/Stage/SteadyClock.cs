namespace PatchEdge.Gateway.Continuity.Stage;

/// <summary>Compares the wall clock with the one that never steps, to notice when somebody set the wall clock.</summary>
internal sealed class SteadyClock(TimeProvider time)
{
    /// <summary>A smaller difference between two looks is drift, and the servers' clock offsets show it.</summary>
    public static readonly TimeSpan LargestDrift = TimeSpan.FromSeconds(2);

    private DateTimeOffset wall = time.GetUtcNow();
    private long steady = time.GetTimestamp();

    /// <summary>By how much the wall clock was set since the last look; zero when it was not.</summary>
    public TimeSpan Look()
    {
        var (nowWall, nowSteady) = (time.GetUtcNow(), time.GetTimestamp());
        var step = nowWall - wall - time.GetElapsedTime(steady, nowSteady);
        (wall, steady) = (nowWall, nowSteady);
        return step.Duration() > LargestDrift ? step : TimeSpan.Zero;
    }
}
