namespace PatchEdge.Agent.FleetLock;

/// <summary>Where a run that stands at its restart and the host's FleetLock client meet. It decides nothing: the run asks for its go-ahead, and grants.</summary>
/// <remarks>Any thread.</remarks>
internal sealed class FleetLockDesk(TimeProvider time)
{
    /// <summary>A client hears something within this; it asks again by itself.</summary>
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5);
    private static readonly FleetLockAnswer Waiting = new(423, "waiting", "the scheduler's go-ahead is being asked for: ask again");

    private readonly Lock gate = new();
    private Stage stage;
    private int waiting;
    private TaskCompletionSource asked = Source();
    private TaskCompletionSource<FleetLockAnswer> answer = AnswerSource();
    private TaskCompletionSource released = Source();
    private TaskCompletionSource closed = Source();

    private enum Stage
    {
        /// <summary>No run stands at a restart.</summary>
        Closed,

        /// <summary>A run stands at the edge of its restart.</summary>
        Open,

        /// <summary>It is on record that the client may restart the host.</summary>
        Granted,
    }

    /// <summary>The run stands at its restart: requests are listened to.</summary>
    public void Open()
    {
        lock (gate)
        {
            (stage, waiting) = (Stage.Open, 0);
            (asked, answer, released, closed) = (Source(), AnswerSource(), Source(), Source());
        }
    }

    /// <summary>Waits until a client asks and waits for its answer.</summary>
    public Task<bool> IsAskedWithinAsync(TimeSpan limit, CancellationToken stop)
    {
        lock (gate)
            return IsDoneWithinAsync(asked.Task, limit, stop);
    }

    /// <summary>Says yes to whoever waits or will ask again. The caller has made it durable.</summary>
    public void Grant()
    {
        lock (gate)
        {
            stage = Stage.Granted;
            answer.TrySetResult(FleetLockAnswer.Yes);
        }
    }

    /// <summary>Waits until the client, once granted, is steady again; it hears so when the run has closed the desk.</summary>
    public Task<bool> IsReleasedWithinAsync(TimeSpan limit, CancellationToken stop)
    {
        lock (gate)
            return IsDoneWithinAsync(released.Task, limit, stop);
    }

    /// <param name="why">What a client that still waits is told.</param>
    public void Close(string why)
    {
        lock (gate)
        {
            stage = Stage.Closed;
            answer.TrySetResult(new FleetLockAnswer(423, "refused", why));
            closed.TrySetResult();
        }
    }

    /// <summary>May the host restart?</summary>
    /// <param name="elsewhere">The answer when no run stands at a restart.</param>
    public async Task<FleetLockAnswer> PreRebootAsync(FleetLockAnswer elsewhere)
    {
        TaskCompletionSource<FleetLockAnswer> mine;
        lock (gate)
        {
            if (stage == Stage.Closed)
                return elsewhere;
            mine = answer;
            waiting++;
            asked.TrySetResult();
        }

        try
        {
            return await mine.Task.WaitAsync(AnswerWithin, time);
        }
        catch (TimeoutException)
        {
            lock (gate)
                if (mine == answer && --waiting == 0)
                    asked = Source();
            return mine.Task.IsCompletedSuccessfully ? await mine.Task : Waiting;
        }
    }

    /// <summary>The host is up and settled. Nothing held is a yes too, as the protocol has it.</summary>
    public async Task<FleetLockAnswer> SteadyStateAsync()
    {
        Task mine;
        lock (gate)
        {
            if (stage != Stage.Granted)
                return FleetLockAnswer.Yes;
            released.TrySetResult();
            mine = closed.Task;
        }

        try
        {
            await mine.WaitAsync(AnswerWithin, time);
            return FleetLockAnswer.Yes;
        }
        catch (TimeoutException)
        {
            return new FleetLockAnswer(503, "unavailable", "the end of the restart could not be recorded yet: tell it again");
        }
    }

    private async Task<bool> IsDoneWithinAsync(Task task, TimeSpan limit, CancellationToken stop)
    {
        try
        {
            await task.WaitAsync(limit > TimeSpan.Zero ? limit : TimeSpan.Zero, time, stop);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static TaskCompletionSource Source() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TaskCompletionSource<FleetLockAnswer> AnswerSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
