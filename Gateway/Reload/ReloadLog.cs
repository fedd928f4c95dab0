using Microsoft.Extensions.Logging;

namespace PatchEdge.Gateway.Reload;

/// <summary>What reloading tells the log. Event ids 700–799.</summary>
internal static partial class ReloadLog
{
    [LoggerMessage(700, LogLevel.Information, "The plant file was taken over: {Added} sources are new, {Retired} are watched no more, {Watched} in all; hash {Hash}.")]
    public static partial void TakenOver(ILogger logger, int added, int retired, int watched, string hash);

    [LoggerMessage(701, LogLevel.Error, "{Error}")]
    public static partial void Refused(ILogger logger, string error);

    [LoggerMessage(702, LogLevel.Error, "{File} changed and has {Errors} errors: the plant that was read before stays in force.")]
    public static partial void Kept(ILogger logger, string file, int errors);

    [LoggerMessage(703, LogLevel.Warning, "{File} changed, is valid, and can only be taken over by a restart: {Reason}. The plant that was read before stays in force.")]
    public static partial void Obstacle(ILogger logger, string file, string reason);
}
