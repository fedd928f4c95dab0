using System.Diagnostics;

namespace PatchEdge.Gateway.Tests.Journal;

public sealed class JournalKillTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    /// <summary>Kills in a usual run; more with the environment variable.</summary>
    private static int Kills => int.TryParse(Environment.GetEnvironmentVariable("PATCHEDGE_KILLS"), out var kills) ? kills : 8;

    public void Dispose() => folder.Dispose();

    [Fact]
    [Trait("Req", "A crash costs a duplicate, never a loss")]
    public async Task What_was_acknowledged_is_in_the_journal_in_order_however_often_the_process_is_killed()
    {
        var directory = folder.Folder("data");
        var random = new Random(7);
        uint highest = 0;
        for (var kill = 0; kill < Kills; kill++)
        {
            using var process = Start(directory);
            var acknowledged = new List<uint>();
            var first = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, TestContext.Current.CancellationToken);
            acknowledged.Add(uint.Parse(first!, null));
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(0, 120)), TimeProvider.System, TestContext.Current.CancellationToken);
            process.Kill();
            while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
                if (uint.TryParse(line, out var number) && number > acknowledged[^1])
                    acknowledged.Add(number);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);

            // The last line may be cut off by the kill: "12" of "123" is not higher than what came before it, and is left out.
            var journaled = JournalFixture.SequenceNumbers(directory);
            Assert.Equal(Enumerable.Range(1, journaled.Count).Select(number => (uint)number), journaled);
            Assert.True(journaled[^1] >= acknowledged[^1], $"acknowledged up to {acknowledged[^1]}, journaled up to {journaled[^1]}");
            Assert.True(journaled[^1] > highest);
            highest = journaled[^1];
        }
    }

    internal static Process Start(string directory)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.ArgumentList.Add(typeof(JournalKillTests).Assembly.Location);
        start.Environment[JournalWitness.Variable] = directory;
        return Process.Start(start)!;
    }
}
