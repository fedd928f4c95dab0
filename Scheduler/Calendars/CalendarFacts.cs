using System.Collections.Immutable;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Time;

namespace PatchEdge.Scheduler.Calendars;

internal enum CalendarKind
{
    /// <summary>Patching may happen inside.</summary>
    Window,

    /// <summary>Patching must not happen inside, whatever the windows say.</summary>
    Freeze,

    /// <summary>A planned batch of one line: patching must be over when it begins, and does not begin while it is planned to run.</summary>
    Batch,
}

/// <summary>What a calendar event applies to. A release needs an open window in every layer that has any.</summary>
internal enum CalendarLayer
{
    Site,
    Area,
    Line,
    Host,
}

/// <param name="Layer">Kind of scope.</param>
/// <param name="Name">Name of the area, line or host; empty for the site.</param>
internal readonly record struct CalendarScope(CalendarLayer Layer, string Name)
{
    public override string ToString() => Layer == CalendarLayer.Site ? "the site" : $"{Layer.ToString().ToLowerInvariant()} {Name}";
}

/// <summary>One event of a calendar, resolved to UTC within the horizon.</summary>
internal sealed record CalendarRule
{
    public required CalendarKind Kind { get; init; }

    public required CalendarScope Scope { get; init; }

    /// <summary>Its summary, for people.</summary>
    public required string Title { get; init; }

    /// <summary>File name and line of its <c>BEGIN:VEVENT</c>.</summary>
    public required string Where { get; init; }

    /// <summary>IANA name of the zone of its local start.</summary>
    public required string Zone { get; init; }

    /// <summary>Ordered by start; may be empty within the horizon.</summary>
    public required ImmutableArray<TimeRange> Occurrences { get; init; }
}

/// <summary>All calendars at one moment.</summary>
/// <param name="Rules">Windows, freezes and planned batches.</param>
/// <param name="Errors">What is wrong with the files; while there are any, no window counts as open.</param>
/// <param name="Horizon">The span within which occurrences were resolved.</param>
internal sealed record CalendarFacts(ImmutableArray<CalendarRule> Rules, ImmutableArray<ConfigurationError> Errors, TimeRange Horizon)
{
    public static CalendarFacts Empty { get; } = new([], [], default);
}
