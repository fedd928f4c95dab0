using System.Globalization;

namespace PatchEdge.Scheduler.Features.Calendar;

/// <summary>How the calendar page names things.</summary>
public static class CalendarWords
{
    public static string Name(OccasionKind kind) => kind switch
    {
        OccasionKind.Batch => "Planned batch",
        OccasionKind.Run => "Under way",
        _ => kind.ToString(),
    };

    /// <summary>CSS class of a chip.</summary>
    public static string Tone(OccasionView occasion, DateTimeOffset now) => occasion.Kind switch
    {
        OccasionKind.Freeze => "bad",
        OccasionKind.Batch => "doubt",
        OccasionKind.Slot or OccasionKind.Run => "busy",
        OccasionKind.Forecast => "wait",
        _ => occasion.Start <= now ? "good" : "over",
    };

    public static string Utc(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + " UTC";
}
