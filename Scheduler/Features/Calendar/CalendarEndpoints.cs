using Microsoft.AspNetCore.Http.HttpResults;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Features.Jobs;

namespace PatchEdge.Scheduler.Features.Calendar;

/// <summary><c>/api/calendar</c>: windows, freezes, planned batches, and the slots of plans and forecasts.</summary>
internal static class CalendarEndpoints
{
    private static readonly TimeSpan Usual = TimeSpan.FromDays(7);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    public static void MapCalendar(this IEndpointRouteBuilder api) => api.MapGet("/calendar", ReadAsync)
        .RequireAuthorization(Policies.View).WithTags("Calendar").WithSummary("What the calendar shows from 'from' (now) to 'to' (a week later), for one host or all, slots of plans included.");

    private static async Task<Results<Ok<CalendarView>, BadRequest<string>>> ReadAsync(
        CalendarQueries queries, TimeProvider time, CancellationToken cancellation, string? from = null, string? to = null, string? host = null)
    {
        var start = from is null ? time.GetUtcNow() : JobFile.Time(from);
        var end = to is null ? start + Usual : JobFile.Time(to);
        if (start is not { } first || end is not { } last)
            return TypedResults.BadRequest("'from' and 'to' must be times with their offset from UTC, such as 2026-03-29T02:00:00Z");
        if (last <= first || last - first > Longest)
            return TypedResults.BadRequest("'to' must be after 'from', by a year at most");
        return TypedResults.Ok(await queries.ReadAsync(first.ToUniversalTime(), last.ToUniversalTime(), host, cancellation));
    }
}
