using System.Globalization;
using NodaTime;
using PatchEdge.Plant.Lines;
using PatchEdge.Scheduler.Execution;

namespace PatchEdge.Scheduler.Shell;

/// <summary>How pages say times, ages and states.</summary>
public static class Wording
{
    /// <summary><c>8 s</c>, <c>3 min 12 s</c>, <c>2 h 5 min</c>, <c>4 d 3 h</c>; never negative.</summary>
    public static string Span(TimeSpan span) => span switch
    {
        _ when span < TimeSpan.FromSeconds(1) => "0 s",
        _ when span < TimeSpan.FromMinutes(1) => $"{(int)span.TotalSeconds} s",
        _ when span < TimeSpan.FromMinutes(10) => $"{(int)span.TotalMinutes} min {span.Seconds} s",
        _ when span < TimeSpan.FromHours(1) => $"{(int)span.TotalMinutes} min",
        _ when span < TimeSpan.FromDays(1) => span.Minutes == 0 ? $"{(int)span.TotalHours} h" : $"{(int)span.TotalHours} h {span.Minutes} min",
        _ => span.Hours == 0 ? $"{(int)span.TotalDays} d" : $"{(int)span.TotalDays} d {span.Hours} h",
    };

    /// <summary>An age with tenths below ten seconds, where they tell fresh from stale.</summary>
    public static string Age(TimeSpan age) =>
        age < TimeSpan.FromSeconds(10) ? string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, age.TotalSeconds):0.0} s") : Span(age);

    public static string Age(double milliseconds) => Age(TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 0, 1e12)));

    /// <summary>The time of day where the viewer is; with the date when that is another day there.</summary>
    public static string Local(DateTimeOffset instant, DateTimeOffset now, DateTimeZone zone)
    {
        var (local, today) = (At(instant, zone), At(now, zone).Date);
        return local.Date == today ? $"{local:HH:mm:ss}" : $"{local:yyyy-MM-dd HH:mm}";
    }

    /// <summary>Local with its zone, and UTC.</summary>
    public static string Full(DateTimeOffset instant, DateTimeZone zone)
    {
        var utc = $"{instant.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC";
        return zone == DateTimeZone.Utc ? utc : $"{At(instant, zone):yyyy-MM-dd HH:mm:ss} {zone.Id} · {utc}";
    }

    /// <summary>A gate's or an action's name for people: <c>line-idle</c> becomes <c>line idle</c>.</summary>
    public static string Plain(string name) => name.Replace('-', ' ');

    /// <summary>A member's name for people: <c>StepStarted</c> becomes <c>step started</c>.</summary>
    public static string Spaced(string name) =>
        string.Concat(name.Select((letter, index) => char.IsUpper(letter) ? (index == 0 ? "" : " ") + char.ToLowerInvariant(letter) : letter.ToString()));

    /// <summary>A plural, such as <c>1 gate</c>, <c>3 gates</c>.</summary>
    public static string Count(int count, string one) => count == 1 ? $"1 {one}" : $"{count} {one}s";

    /// <summary>CSS class of a line's state.</summary>
    public static string Tone(LineState state) => state switch
    {
        LineState.Idle => "good",
        LineState.Settling => "wait",
        LineState.Active => "busy",
        _ => "doubt",
    };

    /// <summary>CSS class of a run's state.</summary>
    public static string Tone(RunState state) => state switch
    {
        RunState.Done => "good",
        RunState.Requested or RunState.Approved or RunState.Armed => "wait",
        RunState.Held or RunState.Released or RunState.Executing or RunState.Verifying => "busy",
        RunState.Quarantined => "bad",
        _ => "over",
    };

    private static DateTime At(DateTimeOffset instant, DateTimeZone zone) => Instant.FromDateTimeOffset(instant).InZone(zone).ToDateTimeUnspecified();
}
