using Microsoft.Extensions.Logging;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Holds;

/// <summary>What holds tell the log. Event ids 500–599.</summary>
internal static partial class HoldLog
{
    [LoggerMessage(500, LogLevel.Information, "{Action} of line {Line} with token {Token} for {Run}: granted {Granted}; {Idle}. {Reason}")]
    public static partial void Answered(ILogger logger, HoldAction action, string line, long token, string run, bool granted, string idle, string reason);

    [LoggerMessage(501, LogLevel.Warning, "{Action} of line {Line} with token {Token} for {Run}: the line's controller did not answer. {Reason}")]
    public static partial void NotAnswered(ILogger logger, HoldAction action, string line, long token, string run, string reason);

    [LoggerMessage(502, LogLevel.Warning, "A hold request of {Bytes} bytes was dropped: {Reason}.")]
    public static partial void Dropped(ILogger logger, long bytes, string reason);

    [LoggerMessage(503, LogLevel.Warning, "The answer about line {Line} did not reach the broker: {Reason}. The scheduler asks again.")]
    public static partial void NotSent(ILogger logger, string line, string reason);

    [LoggerMessage(504, LogLevel.Warning, "How line {Line} was held is still kept although it is free: {Reason}.")]
    public static partial void StillKept(ILogger logger, string line, string reason);
}
