using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Messaging;
using PatchEdge.Scheduler.Messaging.Broker;
using PatchEdge.Scheduler.Storage.Lease;

namespace PatchEdge.Scheduler.Features.Health;

/// <param name="Status"><c>healthy</c> or <c>degraded</c>: a degraded scheduler answers, and releases nothing.</param>
/// <param name="Problems">What stands in the way of any release.</param>
/// <param name="Leadership">Who leads, when schedulers share a database; null when this one is alone.</param>
public sealed record HealthView(string Status, ImmutableArray<string> Problems, LeadershipView? Leadership = null);

/// <param name="Role"><c>leader</c>, or <c>follower</c>: one that listens, changes nothing, and takes over.</param>
/// <param name="Leader">Name of who leads; null when nobody is known to, or to who is not signed in.</param>
/// <param name="Address">Where people reach it; null when not known, or to who is not signed in.</param>
/// <param name="Epoch">The newest term that is known.</param>
/// <param name="AgeMs">Since the lease was read from the database; null when it never was.</param>
/// <param name="Differences">What of plant file, calendars, training tables and policies is not as at another scheduler; empty to who is not signed in.</param>
public sealed record LeadershipView(string Role, string? Leader, string? Address, long Epoch, long? AgeMs, ImmutableArray<string> Differences)
{
    /// <summary>Null for a scheduler whose database is its own.</summary>
    internal static LeadershipView? Of(Leadership leadership, bool known)
    {
        var view = leadership.Look();
        return view.Role == LeaderRole.Sole ? null : new LeadershipView(
            view.Role == LeaderRole.Leader ? "leader" : "follower", known && view.Name.Length > 0 ? view.Name : null, known && view.Address.Length > 0 ? view.Address : null,
            view.Epoch, view.Age is { } age ? (long)age.TotalMilliseconds : null, known ? [.. leadership.Differences] : []);
    }
}

/// <summary><c>/health</c> for whatever restarts processes, and <c>/metrics</c> for whatever draws them.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        // Open to everybody on the listening address: it says whether, and only to those signed in why not.
        app.MapGet("/health", (HttpContext context, LedgerHealth ledger, AgentLink link, Leadership leadership) =>
        {
            ImmutableArray<string> problems = [.. Problems(ledger, link, leadership)];
            var known = context.User.Identity?.IsAuthenticated == true;
            return new HealthView(problems.IsEmpty ? "healthy" : "degraded", known ? problems : [], LeadershipView.Of(leadership, known));
        }).AllowAnonymous().WithTags("Health").WithSummary("Whether the scheduler answers, and could release.");
        app.MapGet("/health/leader", Results<Ok, StatusCodeHttpResult> (Leadership leadership) =>
            leadership.Acts ? TypedResults.Ok() : TypedResults.StatusCode(StatusCodes.Status503ServiceUnavailable))
            .AllowAnonymous().WithTags("Health").WithSummary("200 at the scheduler that leads, 503 at one that follows: for a proxy that leads people to the former.");
        app.MapGet("/metrics", MetricsAsync).RequireAuthorization(Policies.View).WithTags("Health").WithSummary("Counters and gauges as text.");
    }

    private static IEnumerable<string> Problems(LedgerHealth ledger, AgentLink link, Leadership leadership)
    {
        if (leadership.Problem is { } nobody)
            yield return nobody;
        if (ledger.Fault is { } fault)
            yield return fault;
        if (!link.IsConnected)
            yield return "the broker is not connected";
    }

    private static async Task<IResult> MetricsAsync(JobQueries jobs, Leadership leadership, LedgerHealth ledger, AgentLink link, Incoming incoming, EmbeddedBrokerHost broker, CancellationToken cancellation)
    {
        var text = new StringBuilder();
        Write(text, "patchedge_broker_connected", "gauge", "1 while the broker answers.", link.IsConnected ? 1 : 0);
        Write(text, "patchedge_leader", "gauge", "1 at the scheduler that decides and releases.", leadership.Acts ? 1 : 0);
        Write(text, "patchedge_lease_epoch", "gauge", "The newest term that is known; 0 where no database is shared.", leadership.Look().Epoch);
        Write(text, "patchedge_configuration_differences", "gauge", "Schedulers of the same database that are configured differently.", leadership.Differences.Count);
        Write(text, "patchedge_ledger_sound", "gauge", "1 while the ledger verifies and can be written.", ledger.Fault is null ? 1 : 0);
        Write(text, "patchedge_messages_dropped_total", "counter", "Messages that did not fit their topic.", incoming.Dropped);
        Write(text, "patchedge_broker_refusals_total", "counter", "Connections, publications and subscriptions that the embedded broker refused.", broker.Broker?.Refusals ?? 0);
        text.Append("# HELP patchedge_jobs Jobs by the state of their latest attempt.\n# TYPE patchedge_jobs gauge\n");
        foreach (var state in (await jobs.ListAsync(cancellation)).CountBy(job => job.State).OrderBy(pair => pair.Key))
            text.Append(CultureInfo.InvariantCulture, $"patchedge_jobs{{state=\"{state.Key}\"}} {state.Value}\n");
        return Results.Text(text.ToString(), "text/plain; version=0.0.4");
    }

    private static void Write(StringBuilder text, string name, string kind, string help, long value) =>
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n");
}
