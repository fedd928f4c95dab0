using System.Diagnostics;
using System.Globalization;

namespace PatchEdge.Gateway.Tests.Journal;

/// <summary>
/// A process that journals until it is killed, and its witness: this side makes the notifications, keeps each until it is acknowledged, as an
/// OPC UA server does, and gives the next process again what the killed one did not acknowledge.
/// </summary>
internal sealed class KilledProcess : IDisposable
{
    /// <summary>Notifications that are sent and not acknowledged, at most.</summary>
    private const uint Window = 200;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly Random random;
    private readonly TaskCompletionSource firstAcknowledged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim room = new(0);
    private long acknowledged;
    private long sent;
    private volatile bool ended;

    private KilledProcess(Process process, uint first, int seed)
    {
        this.process = process;
        (First, acknowledged, sent) = (first, first - 1, first - 1);
        random = new Random(seed);
    }

    /// <summary>The number of the first notification that this process was given.</summary>
    public uint First { get; }

    public uint Acknowledged => (uint)Interlocked.Read(ref acknowledged);

    public uint Sent => (uint)Interlocked.Read(ref sent);

    public static double SeedOf(uint number) => (number * 2654435761L % 1_000_003) + 0.5;

    /// <summary>Starts one, feeds it, and kills it at a moment of chance, mostly soon after it first acknowledged something.</summary>
    public static async Task<KilledProcess> LiveAndDieAsync(string directory, uint first, int seed, CancellationToken cancel)
    {
        var life = new KilledProcess(Start(directory), first, seed);
        var feeding = life.FeedAsync();
        var listening = life.ListenAsync();
        // One in six dies while it opens the journal or recovers it.
        var early = life.random.Next(6) == 0;
        if (early)
            await Task.Delay(TimeSpan.FromMilliseconds(life.random.Next(40, 300)), TimeProvider.System, cancel);
        else
            await life.firstAcknowledged.Task.WaitAsync(Patience, TimeProvider.System, cancel);
        await Task.Delay(TimeSpan.FromMilliseconds(life.random.NextDouble() * 40), TimeProvider.System, cancel);
        life.process.Kill();
        await Task.WhenAll(feeding, listening).WaitAsync(Patience, TimeProvider.System, cancel);
        await life.process.WaitForExitAsync(cancel);
        return life;
    }

    public static Process Start(string directory)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.ArgumentList.Add(typeof(KilledProcess).Assembly.Location);
        start.Environment[JournalWitness.Variable] = directory;
        return Process.Start(start)!;
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.Dispose();
        room.Dispose();
    }

    private async Task FeedAsync()
    {
        try
        {
            while (true)
            {
                while (!ended && Sent - Acknowledged >= Window)
                    await room.WaitAsync(Patience);
                if (ended)
                    return;
                var number = (uint)Interlocked.Increment(ref sent);
                await process.StandardInput.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{number} {SeedOf(number)}"));
            }
        }
        catch (IOException)
        {
            // It was killed.
        }
    }

    private async Task ListenAsync()
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            // The last line may be cut off: "12" of "123" is not the next number, and counts for nothing.
            if (!uint.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number != Acknowledged + 1)
                continue;
            Interlocked.Exchange(ref acknowledged, number);
            firstAcknowledged.TrySetResult();
            room.Release();
        }

        ended = true;
        // Nobody will acknowledge any more: whoever waits for room shall look.
        room.Release();
        firstAcknowledged.TrySetResult();
    }
}
