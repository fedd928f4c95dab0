using Microsoft.Extensions.Logging;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Lines;

namespace PatchEdge.Gateway.Continuity.Stage;

/// <summary>What continuity tells the log. Event ids 200–299.</summary>
internal static partial class StageLog
{
    [LoggerMessage(200, LogLevel.Debug, "Gap of {Tag} at {Server}: {Cause} from {Start:O} to {End:O}. {Detail}")]
    public static partial void GapChanged(ILogger logger, string tag, string server, GapCause cause, DateTimeOffset start, DateTimeOffset? end, string detail);

    [LoggerMessage(201, LogLevel.Warning, "The clock of this machine was set by {Seconds:0.0} s. Evidence starts anew.")]
    public static partial void ClockSet(ILogger logger, double seconds);

    [LoggerMessage(202, LogLevel.Information, "Line {Line} is {State}. {Reason}")]
    public static partial void LineChanged(ILogger logger, string line, LineState state, string reason);
}
