namespace PatchEdge.OpcUa.Client;

/// <summary>A Duration that a server granted (Part 3 §8.13, milliseconds in a Double), whatever number it sends.</summary>
internal static class RevisedSpan
{
    /// <summary>Zero for what is no number or negative; 24 days, as long as a timer can wait, for what is longer.</summary>
    public static TimeSpan Of(double milliseconds) => double.IsNaN(milliseconds) ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 0, int.MaxValue));
}
