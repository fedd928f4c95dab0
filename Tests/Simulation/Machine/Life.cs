namespace PatchEdge.Simulation.Machine;

/// <summary>One life of one program: it begins with its durable state alone, and a crash ends it between any two steps. Nothing of it is ever run again.</summary>
internal sealed class Life(World world, string name) : SynchronizationContext
{
    private readonly Queue<(SendOrPostCallback Callback, object? State)> waiting = new();
    private TimeSpan frozenUntil;
    private bool listed;
    private int stepsLeft;
    private Action? end;

    public string Name => name;

    public bool IsOver { get; private set; }

    /// <summary>Never ends: what a program waits for that has crashed meanwhile.</summary>
    public static Task Never { get; } = new TaskCompletionSource().Task;

    /// <summary>What escaped from it; a defect.</summary>
    public Exception? Fault { get; private set; }

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (IsOver || world.TakesAside(this, d, state))
            return;
        waiting.Enqueue((d, state));
        List();
    }

    public override void Send(SendOrPostCallback d, object? state) => d(state);

    public override SynchronizationContext CreateCopy() => this;

    public void Begin(Func<Task> program) => Post(_ => Watch(program()), null);

    public void Do(Action action) => Post(_ => action(), null);

    /// <summary>It stands still for a while, as a machine does that swaps or is suspended; what comes meanwhile waits.</summary>
    public void Freeze(TimeSpan span)
    {
        frozenUntil = world.Now + span;
        if (listed)
            world.SetReady(this, listed = false);
        world.After(span, List);
    }

    /// <summary>It is to end after so many more of its steps, at whichever await it then stands; <paramref name="ending"/> says how.</summary>
    public void EndAfter(int steps, Action ending) => (stepsLeft, end) = (steps, ending);

    public void End()
    {
        IsOver = true;
        waiting.Clear();
        if (listed)
            world.SetReady(this, listed = false);
    }

    internal void GoOn()
    {
        if (end is { } ending && stepsLeft-- <= 0)
        {
            end = null;
            ending();
            return;
        }

        var (callback, state) = waiting.Dequeue();
        if (waiting.Count == 0)
            world.SetReady(this, listed = false);
        var outer = Current;
        SetSynchronizationContext(this);
        try
        {
            callback(state);
        }
        finally
        {
            SetSynchronizationContext(outer);
        }
    }

    private void List()
    {
        if (!IsOver && !listed && waiting.Count > 0 && world.Now >= frozenUntil)
            world.SetReady(this, listed = true);
    }

    private async void Watch(Task program)
    {
        try
        {
            await program;
            if (!IsOver)
                Fault = new InvalidOperationException($"{name} ended by itself.");
        }
#pragma warning disable CA1031 // Whatever it is, the observer tells of it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Fault = exception;
        }
    }
}
