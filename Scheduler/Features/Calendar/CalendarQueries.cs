using System.Collections.Immutable;
using PatchEdge.Scheduler.Calendars;

namespace PatchEdge.Scheduler.Features.Calendar;

/// <summary>One window or freeze on one occasion.</summary>
/// <param name="IsFreeze">Patching must not happen inside; otherwise it may.</param>
/// <param name="Scope">What it applies to, such as <c>line Filling</c>.</param>
/// <param name="Title">Its summary, for people.</param>
/// <param name="Where">File and line.</param>
/// <param name="Zone">IANA name of the zone it was written in.</param>
/// <param name="Start">UTC, included.</param>
/// <param name="End">UTC, excluded.</param>
public sealed record OccasionView(bool IsFreeze, string Scope, string Title, string Where, string Zone, DateTimeOffset Start, DateTimeOffset End);

/// <summary>Windows and freezes for pages. Thread-safe.</summary>
internal sealed class CalendarQueries(CalendarShelf calendars)
{
    private const int Most = 300;
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(31);

    /// <summary>What is on now or begins within a month, by start; at most 300.</summary>
    public ImmutableArray<OccasionView> Upcoming(DateTimeOffset now) =>
    [
        .. calendars.Current.Rules
            .SelectMany(rule => rule.Occurrences
                .Where(range => range.End > now && range.Start < now + Ahead)
                .Take(Most)
                .Select(range => new OccasionView(rule.Kind == CalendarKind.Freeze, rule.Scope.ToString(), rule.Title, rule.Where, rule.Zone, range.Start, range.End)))
            .OrderBy(occasion => occasion.Start)
            .ThenBy(occasion => occasion.End)
            .Take(Most),
    ];
}
