using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Model;
using PatchEdge.Simulator.Recording;

namespace PatchEdge.Simulator.Equipment;

/// <summary>One tag as a server shows it: what its sensor reads at its own pace, unless a fault is on it.</summary>
/// <remarks>A sensor is read no faster than its tag is sampled: what comes between two samples nobody could have, and no fault would have lost it.</remarks>
internal sealed class ServedTag(Tag tag, VariableNode node, TagSignal signal)
{
    private readonly TimeSpan pace = signal.Pace > tag.SamplingInterval ? signal.Pace : tag.SamplingInterval;
    private DateTimeOffset lastLook = DateTimeOffset.MinValue;
    private DateTimeOffset lastSet = DateTimeOffset.MinValue;
    private DateTimeOffset lastTime = DateTimeOffset.MinValue;
    private DataValue shown;
    private TagFault? fault;

    public string Name => tag.Name;

    public VariableNode Node => node;

    /// <summary>Number in the record; meaningless without one.</summary>
    public int Recorded { get; init; }

    /// <summary>Puts a fault on it, in the place of one that is.</summary>
    public void Fail(TagFault next, PlantRecorder? record, DateTimeOffset now)
    {
        End(record, now);
        fault = next with { Recorded = record?.Begin(next.Kind, tag.Name, now) };
    }

    /// <summary>Its next value, when there is one.</summary>
    /// <param name="controller">Brought to <paramref name="now"/>.</param>
    /// <param name="now">UTC.</param>
    /// <param name="record">Hears of a fault that is over.</param>
    public DataValue? Next(LineController controller, DateTimeOffset now, PlantRecorder? record)
    {
        if (fault?.Until <= now)
            End(record, now);
        if (fault?.Kind == FaultKind.SensorFrozen)
            return null;
        // The sensor's scan, not the server's look at it, dates a value: redundant servers show it alike.
        var scan = Floor(now, fault?.Kind == FaultKind.Burst || pace < ServedLine.Scan ? ServedLine.Scan : pace);
        var look = scan > lastLook ? scan : lastLook;
        var (value, status) = (TagSignal.ToVariant(signal.At(controller, look)), StatusOf(fault?.Kind));
        if (lastTime > DateTimeOffset.MinValue && value.Equals(shown.Value) && status == shown.Status)
            return null;
        // A look that comes late leaves the next one too soon after it: the server samples no faster than this.
        if (now - lastSet < pace / 2 && status == shown.Status && fault?.Kind != FaultKind.Burst)
            return null;
        // No two values of a tag have one time.
        var time = scan > lastTime ? scan : now;
        if (time <= lastTime)
            return null;
        (lastLook, lastTime, lastSet, shown) = (look, time, now, new DataValue(value, status, time.UtcDateTime));
        return shown;
    }

    private void End(PlantRecorder? record, DateTimeOffset now)
    {
        if (fault?.Recorded is { } id)
            record?.End(id, now);
        fault = null;
    }

    private static StatusCode StatusOf(FaultKind? kind) => kind switch
    {
        FaultKind.Bad => StatusCodes.BadSensorFailure,
        FaultKind.Uncertain => StatusCodes.UncertainSensorNotAccurate,
        _ => StatusCodes.Good,
    };

    private static DateTimeOffset Floor(DateTimeOffset time, TimeSpan pace) => new(time.Ticks - time.Ticks % pace.Ticks, TimeSpan.Zero);
}

/// <param name="Kind">Bad, Uncertain, SensorFrozen or Burst.</param>
/// <param name="Until">When it is over, UTC.</param>
internal sealed record TagFault(FaultKind Kind, DateTimeOffset Until)
{
    /// <summary>What the record calls it.</summary>
    public long? Recorded { get; init; }
}
