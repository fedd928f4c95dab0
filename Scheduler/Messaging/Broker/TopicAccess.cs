using PatchEdge.Plant.Messages;

namespace PatchEdge.Scheduler.Messaging.Broker;

/// <summary>Who may publish and subscribe to what. Only the scheduler gives permits; everyone else speaks for itself alone.</summary>
internal sealed class TopicAccess
{
    public const string SchedulerClient = "scheduler";
    public const string GatewayPrefix = "gateway-";
    public const string AgentPrefix = "agent-";
    public const string OperatorPrefix = "operator-";

    private readonly string[] publish;
    private readonly string[] subscribe;

    private TopicAccess(string[] publish, string[] subscribe) => (this.publish, this.subscribe) = (publish, subscribe);

    /// <summary>What a client may do, by its id; nothing at all for one that is not known.</summary>
    public static TopicAccess Of(string client, string site)
    {
        if (client == SchedulerClient)
            return new(
                [Topics.Offer(site, "+"), Topics.Permit(site, "+"), Topics.GoAhead(site, "+"), Topics.ProgressAcknowledged(site, "+"), Topics.HoldRequest(site, "+"), Topics.LedgerHead(site)],
                [Topics.Root(site) + "/#"]);
        if (client.StartsWith(GatewayPrefix, StringComparison.Ordinal))
        {
            var gateway = client[GatewayPrefix.Length..];
            return new(
                [
                    Topics.LineReport(site, "+", gateway), Topics.GatewayStatus(site, gateway), Topics.Gap(site, gateway), Topics.Attestation(site, gateway), Topics.HoldReply(site, gateway),
                    Topics.LedgerHeadSeen(site, gateway), Topics.CoverageDigest(site, gateway),
                ],
                [Topics.LineReport(site, "+", gateway), Topics.Root(site) + $"/gateway/{gateway}/#", Topics.LedgerHead(site)]);
        }

        if (client.StartsWith(AgentPrefix, StringComparison.Ordinal))
        {
            var host = client[AgentPrefix.Length..];
            return new(
                [Topics.AgentStatus(site, host), Topics.PermitRequest(site, host), Topics.GoAheadRequest(site, host), Topics.Progress(site, host)],
                [Topics.Root(site) + $"/host/{host}/#"]);
        }

        return client.StartsWith(OperatorPrefix, StringComparison.Ordinal)
            ? new([Topics.EmergencyStop(site)], [Topics.LineReport(site, "+", "+"), Topics.GatewayStatus(site, "+"), Topics.AgentStatus(site, "+"), Topics.LedgerHead(site)])
            : new([], []);
    }

    public bool MayPublish(string topic) => !topic.AsSpan().ContainsAny('+', '#') && publish.Any(filter => Covers(filter, topic));

    public bool MaySubscribe(string filter) => subscribe.Any(allowed => Covers(allowed, filter));

    /// <summary>Whether every topic that the filter matches is matched by the allowed one too (MQTT 5.0 §4.7).</summary>
    internal static bool Covers(string allowed, string filter)
    {
        var may = allowed.Split('/');
        var asks = filter.Split('/');
        for (var i = 0; i < may.Length; i++)
        {
            if (may[i] == "#")
                return true;
            if (i >= asks.Length || asks[i] == "#")
                return false;
            if (may[i] != "+" && may[i] != asks[i])
                return false;
        }

        return may.Length == asks.Length;
    }
}
