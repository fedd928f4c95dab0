using NodaTime;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Scheduler.Planning;

/// <summary>How verdicts say times and spans.</summary>
internal static class Words
{
    /// <summary><c>2026-03-29 01:30 UTC (03:30 Europe/Berlin)</c>.</summary>
    public static string Time(DateTimeOffset instant, string zone = "UTC")
    {
        var utc = $"{instant.UtcDateTime:yyyy-MM-dd HH:mm} UTC";
        if (zone == "UTC" || DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone) is not { } local)
            return utc;
        return $"{utc} ({Instant.FromDateTimeOffset(instant).InZone(local).ToDateTimeUnspecified():HH:mm} {zone})";
    }

    /// <summary>The shortest form: <c>90s</c>, <c>2h</c>; rounded to seconds above two of them.</summary>
    public static string Span(TimeSpan span) => Durations.Format(span.Duration() < TimeSpan.FromSeconds(2)
        ? TimeSpan.FromMilliseconds(Math.Round(span.Duration().TotalMilliseconds))
        : TimeSpan.FromSeconds(Math.Round(span.Duration().TotalSeconds)));

    public static string Short(string digest) => digest.Length > 12 ? digest[..12] + "…" : digest;
}
