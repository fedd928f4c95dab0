using System.Threading.Channels;
using PatchEdge.Scheduler.Evidence;

namespace PatchEdge.Scheduler.Execution.Inbox;

/// <summary>Everything on its way to the runner, bounded. Thread-safe.</summary>
internal sealed class RunnerInbox(StopSwitch stopSwitch)
{
    public const int Capacity = 4_096;

    private readonly Channel<RunnerInput> channel = Channel.CreateBounded<RunnerInput>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly Lock gate = new();
    private Touched touched = new();
    private bool wakePending;

    public ChannelReader<RunnerInput> Reader => channel.Reader;

    /// <summary>False when the inbox is full: what an agent says again is not lost, what a clock says comes again.</summary>
    public bool TryPost(RunnerInput input) => channel.Writer.TryWrite(input);

    /// <summary>Asks for all waiting runs to be looked at; several wakes that nobody has seen yet are one.</summary>
    public void Wake() => Touch(static touched => touched.All = true);

    /// <summary>Asks for one run to be looked at.</summary>
    public void Wake(string runId) => Touch(touched => touched.Runs.Add(runId));

    /// <summary>Asks for the runs to be looked at that rest on this evidence.</summary>
    public void Wake(EvidenceChange change) => Touch(touched => touched.Add(change));

    /// <summary>The runner is about to act on a wake: what is to be looked at. What happens from here on needs another.</summary>
    public Touched WakeTaken()
    {
        lock (gate)
        {
            wakePending = false;
            var taken = touched;
            touched = new Touched();
            return taken;
        }
    }

    /// <summary>Asks the runner and waits for its answer. An emergency stop takes effect before it waits.</summary>
    public async Task<OrderResult> AskAsync(Order order, CancellationToken cancellation)
    {
        if (order is Order.Stop stop)
            stopSwitch.Press(stop.By, stop.Reason);
        var answer = new TaskCompletionSource<OrderResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        await channel.Writer.WriteAsync(new RunnerInput.Asked(order, answer), cancellation);
        return await answer.Task.WaitAsync(cancellation);
    }

    private void Touch(Action<Touched> add)
    {
        lock (gate)
        {
            add(touched);
            wakePending = wakePending || TryPost(RunnerInput.Wake.Now);
        }
    }
}
