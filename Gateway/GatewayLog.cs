using Microsoft.Extensions.Logging;

namespace PatchEdge.Gateway;

/// <summary>What the gateway as a whole tells the log. Event ids 1–99.</summary>
internal static partial class GatewayLog
{
    [LoggerMessage(1, LogLevel.Information, "Gateway {Gateway} of site {Site} starts: {Servers} servers, {Tags} tags, boot {Boot}.")]
    public static partial void Starting(ILogger logger, string gateway, string site, int servers, int tags, string boot);

    [LoggerMessage(2, LogLevel.Critical, "The loop of {Loop} has ended by itself. This is a bug: report it. The gateway stops, so that it is started again.")]
    public static partial void LoopEnded(ILogger logger, string loop, Exception? failure);

    [LoggerMessage(3, LogLevel.Error, "{Part} did not stop as it should. This is a bug: report it.")]
    public static partial void StopFailed(ILogger logger, string part, Exception failure);
}
