namespace PatchEdge.Gateway.Tests.Truth.Model;

/// <summary>What happens, in order of time: milliseconds of true time since the scenario began, which no clock of the plant shows.</summary>
internal sealed class World(int seed)
{
    private readonly PriorityQueue<Func<ValueTask>, (long At, int Order)> events = new();
    private int order;

    public Random Random { get; } = new(seed);

    public long Now { get; private set; }

    /// <param name="at">When; what lies in the past happens next.</param>
    /// <param name="what">What happens.</param>
    public void At(long at, Func<ValueTask> what) => events.Enqueue(what, (Math.Max(at, Now), order++));

    public void At(long at, Action what) => At(at, () =>
    {
        what();
        return ValueTask.CompletedTask;
    });

    /// <summary>Lets everything happen up to a moment.</summary>
    /// <param name="until">The last moment.</param>
    /// <param name="advance">Brings every clock to the moment of the next event.</param>
    public async Task RunAsync(long until, Func<long, Task> advance)
    {
        while (events.TryPeek(out _, out var next) && next.At <= until)
        {
            var what = events.Dequeue();
            if (next.At > Now)
            {
                await advance(next.At);
                Now = next.At;
            }

            await what();
        }

        await advance(until);
        Now = until;
    }
}
