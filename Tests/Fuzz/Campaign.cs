using PatchEdge.OpcUa.Tests.Fuzz;
using SharpFuzz;

namespace PatchEdge.Fuzz;

/// <summary>The ways to run a target; each ends with 1 when it found something.</summary>
internal static class Campaign
{
    private static readonly Coverage Coverage = new();

    public static async Task<int> RunAsync(string name, int seconds, int seed)
    {
        await using var target = await StartAsync(name);
        var loop = new FuzzLoop(name, target, seed, TimeProvider.System) { IsNew = Coverage.TakeNew };
        Console.WriteLine($"{name} for {seconds} s with seed {seed}");
        try
        {
            await loop.RunAsync(TimeSpan.FromSeconds(seconds));
        }
        catch (FuzzFindingException finding)
        {
            Console.WriteLine(finding);
            return 1;
        }
        finally
        {
            Console.WriteLine($"{loop.Rounds} inputs, {Coverage.Branches} branches, corpus of {loop.CorpusSize}");
        }
        return 0;
    }

    public static async Task<int> AflAsync(string name)
    {
        await using var target = await StartAsync(name);
        Fuzzer.OutOfProcess.Run(stream =>
        {
            using var input = new MemoryStream();
            stream.CopyTo(input);
            target.FeedAsync(input.ToArray()).AsTask().GetAwaiter().GetResult();
        });
        return 0;
    }

    public static async Task<int> LibFuzzerAsync(string name)
    {
        await using var target = await StartAsync(name);
        Fuzzer.LibFuzzer.Run(bytes => target.FeedAsync(bytes.ToArray()).AsTask().GetAwaiter().GetResult());
        return 0;
    }

    public static async Task<int> FeedAsync(string name, byte[] input)
    {
        await using var target = await StartAsync(name);
        await target.FeedAsync(input).AsTask().WaitAsync(FuzzTarget.Deadline);
        Console.WriteLine($"{name} took {input.Length} bytes as it should.");
        return 0;
    }

    private static Task<FuzzTarget> StartAsync(string name)
    {
        // Whatever a driver puts in its place later: instrumented code writes to the map from its first branch on.
        Coverage.Attach();
        return FuzzTarget.All[name]();
    }
}
