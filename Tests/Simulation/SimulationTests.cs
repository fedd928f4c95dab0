using PatchEdge.Simulation.Plant;

namespace PatchEdge.Simulation;

/// <summary>The product's own scheduler, gateway and agent code in plants that fail in every way there is; a seed that fails is named, and fails again.</summary>
public sealed class SimulationTests
{
    [Fact]
    public async Task Debugging()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var t = new Thread(() => { try { Debug2(); done.SetResult(); } catch (Exception e) { done.SetException(e); } });
        t.Start();
        await done.Task;
    }

    private static void Debug2()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("PATCHEDGE_SEED") ?? "1");
        var watch = System.Diagnostics.Stopwatch.StartNew();
        for (var i = 0; i < 3; i++)
        {
            var tale = Story.Tell(seed + i);
            TestContext.Current.SendDiagnosticMessage(tale + " " + watch.Elapsed);
            Console.WriteLine(tale + " " + watch.Elapsed);
        }
    }
}
