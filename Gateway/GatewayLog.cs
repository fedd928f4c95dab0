using Microsoft.Extensions.Logging;

namespace PatchEdge.Gateway;

/// <summary>What the gateway as a whole tells the log. Event ids 1–99.</summary>
internal static partial class GatewayLog
{
    [LoggerMessage(1, LogLevel.Information, "Gateway {Gateway} of site {Site} starts: {Servers} servers, {Tags} tags, boot {Boot}.")]
    public static partial void Starting(ILogger logger, string gateway, string site, int servers, int tags, string boot);
}
