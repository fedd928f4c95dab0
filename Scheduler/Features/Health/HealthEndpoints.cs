using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Messaging;
using PatchEdge.Scheduler.Messaging.Broker;

namespace PatchEdge.Scheduler.Features.Health;

/// <param name="Status"><c>healthy</c> or <c>degraded</c>: a degraded scheduler answers, and releases nothing.</param>
/// <param name="Problems">What stands in the way of any release.</param>
public sealed record HealthView(string Status, ImmutableArray<string> Problems);

/// <summary><c>/health</c> for whatever restarts processes, and <c>/metrics</c> for whatever draws them.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        // Open to everybody on the listening address: it says whether, and only to those signed in why not.
        app.MapGet("/health", (HttpContext context, LedgerHealth ledger, AgentLink link) =>
        {
            ImmutableArray<string> problems = [.. Problems(ledger, link)];
            var known = context.User.Identity?.IsAuthenticated == true;
            return new HealthView(problems.IsEmpty ? "healthy" : "degraded", known ? problems : []);
        }).AllowAnonymous().WithTags("Health").WithSummary("Whether the scheduler answers, and could release.");
        app.MapGet("/metrics", MetricsAsync).RequireAuthorization(Policies.View).WithTags("Health").WithSummary("Counters and gauges as text.");
    }

    private static IEnumerable<string> Problems(LedgerHealth ledger, AgentLink link)
    {
        if (ledger.Fault is { } fault)
            yield return fault;
        if (!link.IsConnected)
            yield return "the broker is not connected";
    }

    private static async Task<IResult> MetricsAsync(JobQueries jobs, LedgerHealth ledger, AgentLink link, Incoming incoming, EmbeddedBrokerHost broker, CancellationToken cancellation)
    {
        var text = new StringBuilder();
        Write(text, "patchedge_broker_connected", "gauge", "1 while the broker answers.", link.IsConnected ? 1 : 0);
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
