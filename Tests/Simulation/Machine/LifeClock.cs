namespace PatchEdge.Simulation.Machine;

/// <summary>The clocks of one life: they go with the world, and their timers end with the life. A timer that is late rings once, not as often as it should have.</summary>
internal sealed class LifeClock(World world, Life life) : TimeProvider
{
    private TimeSpan? stoodAt;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How far its wall clock is ahead of the plant's.</summary>
    public TimeSpan Ahead { get; init; }

    /// <summary>Both of its clocks stand: what a mutant does to them. When they go on they are right again.</summary>
    public bool Stands
    {
        get => stoodAt is not null;
        set => stoodAt = value ? stoodAt ?? world.Now : null;
    }

    public override DateTimeOffset GetUtcNow() => World.Start + (stoodAt ?? world.Now) + Ahead;

    public override long GetTimestamp() => (stoodAt ?? world.Now).Ticks;

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
