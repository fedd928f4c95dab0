namespace PatchEdge.Simulation.Machine;

/// <summary>The clocks of one life: they go with the world, and their timers end with the life. A timer that is late rings once, not as often as it should have.</summary>
internal sealed class LifeClock(World world, Life life) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => World.Start + world.Now;

    public override long GetTimestamp() => world.Now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new LifeTimer(world, life, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class LifeTimer(World world, Life life, TimerCallback callback, object? state) : ITimer
    {
        private int version;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            unchecked
            {
                version++;
            }

            if (dueTime != Timeout.InfiniteTimeSpan)
                Wait(dueTime, period, version);
            return true;
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Wait(TimeSpan span, TimeSpan period, int set)
        {
            if (life.IsOver)
                return;
            world.After(span, () =>
            {
                if (set != version || life.IsOver)
                    return;
                life.Post(_ => Ring(set), null);
                if (period > TimeSpan.Zero)
                    Wait(period, period, set);
            });
        }

        private void Ring(int set)
        {
            if (set == version)
                callback(state);
        }
    }
}
