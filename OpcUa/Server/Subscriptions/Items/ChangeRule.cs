using System.Numerics;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Subscriptions.Items;

/// <summary>What makes a sample worth reporting (Part 4 §7.22.2): the trigger and an absolute deadband in units of the value.</summary>
internal readonly record struct ChangeRule(DataChangeTrigger Trigger, double Deadband)
{
    public static ChangeRule Default => new(DataChangeTrigger.StatusValue, 0);

    public bool Reports(in DataValue last, in DataValue next)
    {
        if (last.Status.Value != next.Status.Value) return true;
        return Trigger switch
        {
            DataChangeTrigger.Status => false,
            DataChangeTrigger.StatusValue => Differs(last.Value, next.Value),
            _ => last.SourceTimestamp != next.SourceTimestamp || Differs(last.Value, next.Value),
        };
    }

    private bool Differs(in Variant last, in Variant next)
    {
        if (Deadband == 0) return !last.Equals(next);
        if (last.TryGetNumber(out double before) && next.TryGetNumber(out double after)) return Exceeds(before, after);
        if (last.Length != next.Length || last.Type != next.Type) return true;
        // Arrays of numbers: one element beyond the deadband is a change (Part 4 §7.22.2).
        return (last.Elements, next.Elements) switch
        {
            (double[] a, double[] b) => AnyExceeds(a, b),
            (float[] a, float[] b) => AnyExceeds(a, b),
            (int[] a, int[] b) => AnyExceeds(a, b),
            (uint[] a, uint[] b) => AnyExceeds(a, b),
            (short[] a, short[] b) => AnyExceeds(a, b),
            (ushort[] a, ushort[] b) => AnyExceeds(a, b),
            _ => !last.Equals(next),
        };
    }

    private bool AnyExceeds<T>(T[] before, T[] after) where T : INumber<T>
    {
        for (int i = 0; i < before.Length; i++)
            if (Exceeds(double.CreateSaturating(before[i]), double.CreateSaturating(after[i]))) return true;
        return false;
    }

    // NaN is beyond any deadband when it comes or goes, and no change while it stays.
    private bool Exceeds(double before, double after) =>
        double.IsNaN(before) != double.IsNaN(after) || Math.Abs(after - before) > Deadband;
}
