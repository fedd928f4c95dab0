using System.Text.Json;

namespace PatchEdge.Simulator.Equipment;

/// <summary>The controller of one line: follows its plan, and does not start a batch while it is held.</summary>
/// <remarks>One caller at a time. What must outlive a restart (the hold, and how far holds have delayed the plan) is written before it counts.</remarks>
internal sealed class LineController
{
    private readonly BatchPlan plan;
    private readonly int units;
    private readonly DateTimeOffset start;
    private readonly string stateFile;
    private ControllerState state;
    private TimeSpan elapsed;

    /// <param name="plan">What the line would do if it were never held.</param>
    /// <param name="units">How many units the line has.</param>
    /// <param name="start">When the plant started, UTC.</param>
    /// <param name="stateFile">Where the hold is kept.</param>
    public LineController(BatchPlan plan, int units, DateTimeOffset start, string stateFile)
    {
        this.plan = plan;
        this.units = units;
        this.start = start;
        this.stateFile = stateFile;
        state = File.Exists(stateFile)
            ? JsonSerializer.Deserialize<ControllerState>(File.ReadAllBytes(stateFile)) ?? ControllerState.New(start)
            : ControllerState.New(start);
        if (state.PlantStart != start)
            state = ControllerState.New(start) with { Hold = LineHold.Free with { HighestToken = state.Hold.HighestToken, Epoch = state.Hold.Epoch } };
    }

    public LineHold Hold => state.Hold;

    public BatchCycle Cycle { get; private set; } = new(0, "", TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);

    /// <summary>Brings the equipment to the given moment.</summary>
    public void Advance(DateTimeOffset now)
    {
        var next = now - start - state.Delay;
        if (next < TimeSpan.Zero)
            next = TimeSpan.Zero;
        var cycle = plan.CycleAt(next);
        if (state.Hold.Inhibits && state.HeldCycle is { } held && cycle.Index > held)
        {
            // Due to start, but held: the plan waits at the end of the cycle it was held in.
            while (cycle.Index > held)
                cycle = plan.CycleAt(cycle.Start - TimeSpan.FromTicks(1));
            next = cycle.End - TimeSpan.FromTicks(1);
            state = state with { Delay = now - start - next };
        }

        (Cycle, elapsed) = (cycle, next);
    }

    public PackMlState UnitState(int unit) => Cycle.StateAt(elapsed, unit);

    /// <summary>The running batch; empty when none is loaded.</summary>
    public string BatchId => Cycle.BatchLoadedAt(elapsed, units) ? Cycle.BatchId : "";

    /// <summary>Token of the hold in force; 0 when free.</summary>
    public long HeldToken => state.Hold.Token ?? 0;

    public bool IsIdle => BatchId.Length == 0 && Enumerable.Range(0, units).All(unit => UnitState(unit) == PackMlState.Idle);

    /// <summary>How far the running batch has come, from 0 to 1; 0 when none executes.</summary>
    public double Progress => Cycle.Run > TimeSpan.Zero ? Math.Clamp((elapsed - Cycle.Start) / Cycle.Run, 0, 1) : 0;

    public (bool Granted, long Epoch, string Reason) RequestHold(long token, TimeSpan duration, DateTimeOffset now)
    {
        Advance(now);
        var (next, granted, reason) = state.Hold.Request(token, duration, IsIdle, now);
        Save(state with { Hold = next, HeldCycle = next.Inhibits ? Cycle.Index : null });
        return (granted, next.Epoch, reason);
    }

    public (bool Released, string Reason) ReleaseHold(long token)
    {
        var (next, released, reason) = state.Hold.Release(token);
        Save(state with { Hold = next, HeldCycle = next.Inhibits ? state.HeldCycle : null });
        return (released, reason);
    }

    private void Save(ControllerState next)
    {
        if (next == state)
            return;
        var temporary = stateFile + ".new";
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(stream, next);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, stateFile, overwrite: true);
        state = next;
    }

    private sealed record ControllerState(DateTimeOffset PlantStart, TimeSpan Delay, LineHold Hold, int? HeldCycle)
    {
        public static ControllerState New(DateTimeOffset start) => new(start, TimeSpan.Zero, LineHold.Free, null);
    }
}
