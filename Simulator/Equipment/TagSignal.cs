using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Model;

namespace PatchEdge.Simulator.Equipment;

/// <summary>What a tag shows at a moment: chosen by the last part of its node's name, as a PackML or process-value signal.</summary>
/// <remarks>Names that are not known behave as a slowly moving process value of the tag's data type.</remarks>
internal sealed class TagSignal
{
    private static readonly TimeSpan PulsePace = TimeSpan.FromMilliseconds(200);

    private readonly Func<LineController, DateTimeOffset, object> signal;

    private TagSignal(Func<LineController, DateTimeOffset, object> signal) => this.signal = signal;

    /// <summary>Time between two looks at the sensor; zero for as often as somebody wants to know.</summary>
    public TimeSpan Pace { get; private init; }

    /// <summary>Int32, Boolean, Float, Double or String, as the tag's data type asks.</summary>
    public object At(LineController controller, DateTimeOffset now) => signal(controller, now);

    /// <param name="tag">The tag, whose node is <c>…;s=Line.Unit.Signal</c> or <c>…;s=Line.Signal</c>.</param>
    /// <param name="unit">Its unit's place in the line, from 0; 0 for a tag of the whole line.</param>
    public static TagSignal For(Tag tag, int unit)
    {
        var name = tag.Node[(tag.Node.LastIndexOf('.') + 1)..];
        Func<LineController, DateTimeOffset, object> signal = name switch
        {
            "StateCurrent" => (line, _) => (int)line.UnitState(unit),
            "UnitModeCurrent" => (_, _) => 1,
            "StateRequested" => (line, _) => (int)line.UnitState(unit),
            "StateChangeInProcess" => (line, _) => line.UnitState(unit).IsTransition(),
            "CurMachSpeed" => (line, now) => line.UnitState(unit) == PackMlState.Execute ? Wave(now, 20, 240, 3) : 0.0,
            "HeldToken" => (line, _) => line.HeldToken,
            "BatchId" or "Batch_ID" => (line, _) => line.BatchId,
            "ProdProcessedCount" => (line, _) => (double)(int)(line.Progress * 5_000),
            "Temperature" => (_, now) => Wave(now, 45, 5.0, 0.4),
            "Humidity" => (_, now) => Wave(now, 70, 60.0, 1.5),
            "RecipeName" => (line, _) => line.BatchId.Length > 0 ? "Monoclonal 20 mg/ml" : "",
            "FillWeight" => (line, now) => line.UnitState(unit) == PackMlState.Execute ? Wave(now, 7, 1.05, 0.02) : 0.0,
            "RoomPressure" => (_, now) => Wave(now, 40, 15.0, 1.2),
            "RejectCount" => (line, _) => (double)(int)(line.Progress * 12),
            "DoorOpen" => (_, _) => false,
            // Every look at it finds another number, so that whoever has a value knows which one it is.
            "PulseCount" => (_, now) => now.ToUnixTimeMilliseconds() / 50,
            _ => (_, now) => Wave(now, 30, 50.0, 10.0),
        };
        return new TagSignal((line, now) => Convert(signal(line, now), tag.DataType)) { Pace = name == "PulseCount" ? PulsePace : TimeSpan.Zero };
    }

    public static Variant ToVariant(object value) => value switch
    {
        bool flag => flag,
        int number => number,
        long number => number,
        uint number => number,
        float number => number,
        double number => number,
        string text => text,
        _ => throw new System.Diagnostics.UnreachableException(value.GetType().Name),
    };

    /// <summary>A sine of the given period in seconds, rounded to 0.01 so that it does not change at every look.</summary>
    private static double Wave(DateTimeOffset now, double period, double mean, double amplitude) =>
        Math.Round(mean + amplitude * Math.Sin(now.ToUnixTimeMilliseconds() / 1000.0 / period * Math.Tau), 2);

    private static object Convert(object value, string? dataType) => (dataType, value) switch
    {
        ("Float", double number) => (float)number,
        ("Int32", double number) => (int)number,
        ("UInt32", double number) => (uint)number,
        ("Double", long number) => (double)number,
        ("Int32", long number) => (int)number,
        _ => value,
    };
}
