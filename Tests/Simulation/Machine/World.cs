namespace PatchEdge.Simulation.Machine;

/// <summary>One thread, one clock, one source of chance: everything that happens in a simulated plant happens here, one thing after the other.</summary>
/// <remarks>The same seed does the same things in the same order. Whatever of the product is ready to go on is drawn by lot.</remarks>
internal sealed class World(int seed)
{
    private const int MostStepsAtOnce = 2_000_000;
    private static readonly TimeSpan MostWaited = TimeSpan.FromSeconds(5);

    private readonly PriorityQueue<Action, (long At, long Order)> due = new();
    private readonly List<Life> ready = [];
    private readonly List<(Life Life, SendOrPostCallback Callback, object? State)> strays = [];
    private readonly Lock gate = new();
    private readonly int thread = Environment.CurrentManagedThreadId;
    private int othersBusy = LeastBusy();
    private long order;

    public static readonly DateTimeOffset Start = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    public Random Random { get; } = new(seed);

    /// <summary>Since the start.</summary>
    public TimeSpan Now { get; private set; }

    public long Steps { get; private set; }

    /// <summary>Something of the plant itself happens after a while, whoever lives.</summary>
    public void After(TimeSpan delay, Action action)
    {
        lock (gate)
            due.Enqueue(action, ((Now + (delay > TimeSpan.Zero ? delay : TimeSpan.Zero)).Ticks, order++));
    }

    public bool Chance(double probability) => Random.NextDouble() < probability;

    public TimeSpan Between(TimeSpan least, TimeSpan most) => least + (most - least) * Random.NextDouble();

    /// <summary>Lets everything happen until the moment, or until it is to end.</summary>
    public void Run(TimeSpan until, Func<bool> isOver)
    {
        for (var steps = 0; !isOver(); steps++)
        {
            if (steps > MostStepsAtOnce)
                throw new InvalidOperationException($"The plant does not come to rest at {Now}.");
            Steps++;
            if (ready.Count > 0)
            {
                ready[Random.Next(ready.Count)].GoOn();
                Gather();
                continue;
            }

            if (!due.TryPeek(out _, out var first) || first.At > until.Ticks)
            {
                Now = until;
                return;
            }

            Now = new TimeSpan(Math.Max(first.At, Now.Ticks));
            due.Dequeue()();
            Gather();
        }
    }

    /// <summary>Nothing happens for a long time but what is due anyway, and of that each once.</summary>
    public void Skip(TimeSpan span) => Now += span;

    internal void SetReady(Life life, bool isReady)
    {
        if (isReady)
            ready.Add(life);
        else
            ready.Remove(life);
    }

    /// <summary>True when it came from another thread, and waits until everything there has come to rest.</summary>
    internal bool TakesAside(Life life, SendOrPostCallback callback, object? state)
    {
        if (Environment.CurrentManagedThreadId == thread)
            return false;
        lock (gate)
            strays.Add((life, callback, state));
        return true;
    }

    /// <summary>
    /// What the base class library continues on its thread pool, whatever context it came from, is waited for here: so one thing still
    /// happens after the other, and what comes back from there comes in an order that is always the same.
    /// </summary>
    private void Gather()
    {
        var wait = new SpinWait();
        var since = System.Diagnostics.Stopwatch.GetTimestamp();
        while (ThreadPool.PendingWorkItemCount > 0 || Busy() > othersBusy)
        {
            wait.SpinOnce(-1);
            // A thread of somebody else's that is busy for so long is theirs for good.
            if (System.Diagnostics.Stopwatch.GetElapsedTime(since) > MostWaited)
                othersBusy = Busy();
        }

        // Others may have been at work when this began: with their threads at rest, a busy one is ours.
        othersBusy = Math.Min(othersBusy, Busy());
        lock (gate)
        {
            foreach (var (life, callback, state) in strays.OrderBy(stray => stray.Life.Name, StringComparer.Ordinal))
                life.Post(callback, state);
            strays.Clear();
        }
    }

    private static int Busy()
    {
        ThreadPool.GetMaxThreads(out var most, out _);
        ThreadPool.GetAvailableThreads(out var free, out _);
        return most - free;
    }

    private static int LeastBusy()
    {
        var least = int.MaxValue;
        for (var looks = 0; looks < 200; looks++)
        {
            least = Math.Min(least, Busy());
            Thread.Yield();
        }

        return least;
    }
}
