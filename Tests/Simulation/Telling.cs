using PatchEdge.Simulation.Plant;

namespace PatchEdge.Simulation;

/// <summary>Tells stories, each on a thread of its own, which it never leaves; one at a time, since each waits until nothing else goes on in its process.</summary>
internal static class Telling
{
    public static async Task<Tale> OfAsync(Plot plot)
    {
        var told = new TaskCompletionSource<Tale>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                told.SetResult(Story.Tell(plot));
            }
#pragma warning disable CA1031 // Whoever waits gets it.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                told.SetException(exception);
            }
        }).Start();
        return await told.Task;
    }
}
