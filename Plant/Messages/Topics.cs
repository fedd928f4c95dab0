namespace PatchEdge.Plant.Messages;

/// <summary>MQTT topics: <c>patchedge/SITE/…</c>. Names in the plant file cannot contain <c>/</c>, <c>+</c>, <c>#</c> or control characters.</summary>
public static class Topics
{
    public static string Root(string site) => $"patchedge/{site}";

    /// <summary>Retained <see cref="Messages.LineReport"/>, with a message expiry equal to its validity.</summary>
    public static string LineReport(string site, string line, string gateway) => $"patchedge/{site}/line/{line}/gateway/{gateway}";

    /// <summary>Retained <see cref="Messages.GatewayStatus"/>, and the gateway's last will.</summary>
    public static string GatewayStatus(string site, string gateway) => $"patchedge/{site}/gateway/{gateway}/status";

    /// <summary><see cref="Messages.CoverageDigest"/> of a gateway; not retained.</summary>
    public static string CoverageDigest(string site, string gateway) => $"patchedge/{site}/gateway/{gateway}/coverage";

    /// <summary>Gap records of a gateway, as they open, close and are repaired; not retained.</summary>
    public static string Gap(string site, string gateway) => $"patchedge/{site}/gateway/{gateway}/gap";

    /// <summary>Attestations of a gateway; not retained.</summary>
    public static string Attestation(string site, string gateway) => $"patchedge/{site}/gateway/{gateway}/attestation";

    public static string HoldRequest(string site, string gateway) => $"patchedge/{site}/gateway/{gateway}/hold-request";

    public static string HoldReply(string site, string gateway) => $"patchedge/{site}/gateway/{gateway}/hold-reply";

    /// <summary>Retained <see cref="Messages.AgentStatus"/>, and the agent's last will.</summary>
    public static string AgentStatus(string site, string host) => $"patchedge/{site}/host/{host}/status";

    public static string Offer(string site, string host) => $"patchedge/{site}/host/{host}/offer";

    public static string PermitRequest(string site, string host) => $"patchedge/{site}/host/{host}/permit-request";

    public static string Permit(string site, string host) => $"patchedge/{site}/host/{host}/permit";

    public static string GoAheadRequest(string site, string host) => $"patchedge/{site}/host/{host}/go-ahead-request";

    public static string GoAhead(string site, string host) => $"patchedge/{site}/host/{host}/go-ahead";

    public static string Progress(string site, string host) => $"patchedge/{site}/host/{host}/progress";

    public static string ProgressAcknowledged(string site, string host) => $"patchedge/{site}/host/{host}/progress-acknowledged";

    /// <summary>Signed head of the scheduler's ledger, retained; see <see cref="Messages.LedgerHead"/>.</summary>
    public static string LedgerHead(string site) => $"patchedge/{site}/ledger/head";

    /// <summary>The head of most entries that a gateway has seen, given back as it was signed; retained.</summary>
    public static string LedgerHeadSeen(string site, string gateway) => $"patchedge/{site}/gateway/{gateway}/ledger-head";

    /// <summary>Operator → scheduler: <see cref="Messages.EmergencyStopPressed"/>; not retained. There is no message that releases the stop.</summary>
    public static string EmergencyStop(string site) => $"patchedge/{site}/emergency-stop";
}
