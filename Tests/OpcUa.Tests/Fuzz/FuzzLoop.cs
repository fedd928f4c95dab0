namespace PatchEdge.OpcUa.Tests.Fuzz;

/// <summary>Feeds a target with mutated inputs for a while. The same seed gives the same inputs as long as the target's seeds are the same.</summary>
internal sealed class FuzzLoop(string name, FuzzTarget target, int seed, TimeProvider time)
{
    private readonly List<byte[]> corpus = [.. target.Seeds];
    private readonly Mutator mutator = new(new Random(seed));

    public long Rounds { get; private set; }

    /// <summary>Asked after each input whether it reached something new; such an input becomes a seed. Null without instrumentation.</summary>
    public Func<bool>? IsNew { get; init; }

    public int CorpusSize => corpus.Count;

    /// <exception cref="FuzzFindingException">The first input that should have been accepted or refused, and was neither.</exception>
    public async Task RunAsync(TimeSpan duration)
    {
        var start = time.GetTimestamp();
        foreach (var valid in target.Seeds)
        {
            if (time.GetElapsedTime(start) < duration / 2)
                await FeedAsync(valid);
        }
        IsNew?.Invoke();
        while (time.GetElapsedTime(start) < duration)
        {
            var input = mutator.Next(corpus);
            await FeedAsync(input);
            if (IsNew is not null && IsNew())
                corpus.Add(input);
        }
    }

    private async ValueTask FeedAsync(byte[] input)
    {
        Rounds++;
        var start = time.GetTimestamp();
        try
        {
            await target.FeedAsync(input);
            if (time.GetElapsedTime(start) > FuzzTarget.Deadline)
                throw new TimeoutException($"It took {time.GetElapsedTime(start).TotalSeconds:0.#} s.");
        }
        catch (Exception cause) when (cause is not OutOfMemoryException)
        {
            throw new FuzzFindingException(name, seed, Rounds, input, cause);
        }
    }
}
