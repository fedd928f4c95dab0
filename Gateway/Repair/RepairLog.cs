using Microsoft.Extensions.Logging;

namespace PatchEdge.Gateway.Repair;

/// <summary>What repairs tell the log. Event ids 600–699.</summary>
internal static partial class RepairLog
{
    [LoggerMessage(600, LogLevel.Information, "{Server}: of {Asked} gaps that were looked up in its history {Repaired} are repaired, {Partly} partly, {Declared} stay, {Later} are tried again; {Values} values.")]
    public static partial void LookedUp(ILogger logger, string server, int asked, int repaired, int partly, int declared, int later, int values);

    [LoggerMessage(601, LogLevel.Warning, "{Server}: its history could not be read: {Reason}")]
    public static partial void Failed(ILogger logger, string server, string reason);

    [LoggerMessage(602, LogLevel.Warning, "{Server}: repairs that wait cannot be read from the journal: {Reason}")]
    public static partial void JournalUnreadable(ILogger logger, string server, string reason);
}
