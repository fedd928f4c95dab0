using System.Globalization;

namespace PatchEdge.Plant.Files.Text;

/// <summary>Durations as configuration files write them: a whole number and a unit, such as <c>250ms</c>, <c>10s</c>, <c>2m</c>, <c>1h</c>, <c>7d</c>.</summary>
public static class Durations
{
    public const string Expected = "a whole number and a unit without space between, such as 250ms, 10s, 2m, 1h or 7d";

    private static readonly (string Unit, long Milliseconds)[] Units =
        [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

    /// <summary>Refuses signs, spaces, fractions, a missing or unknown unit, and more than 100 years.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        if (digits is < 1 or > 13)
            return false;
        foreach (var (unit, milliseconds) in Units)
            if (text.AsSpan(digits).SequenceEqual(unit))
            {
                var count = long.Parse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture);
                if (count > TimeSpan.FromDays(36_525).TotalMilliseconds / milliseconds)
                    return false;
                duration = TimeSpan.FromMilliseconds(count * milliseconds);
                return true;
            }

        return false;
    }

    /// <summary>The shortest form that <see cref="TryParse"/> reads back; what is finer than a millisecond is dropped.</summary>
    public static string Format(TimeSpan duration)
    {
        var total = (long)duration.TotalMilliseconds;
        var (unit, milliseconds) = total == 0 ? Units[1] : Units.Last(candidate => total % candidate.Milliseconds == 0);
        return (total / milliseconds).ToString(CultureInfo.InvariantCulture) + unit;
    }
}
