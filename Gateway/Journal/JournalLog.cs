using Microsoft.Extensions.Logging;

namespace PatchEdge.Gateway.Journal;

/// <summary>What the journal tells the log. Event ids 300–399.</summary>
internal static partial class JournalLog
{
    [LoggerMessage(300, LogLevel.Error, "The journal takes no readings: {Reason}. Notifications are not acknowledged until it does.")]
    public static partial void NotWritable(ILogger logger, string reason);

    [LoggerMessage(301, LogLevel.Information, "The journal takes readings again.")]
    public static partial void WritableAgain(ILogger logger);

    [LoggerMessage(302, LogLevel.Warning, "Old journal entries could not be removed: {Reason}.")]
    public static partial void RetentionFailed(ILogger logger, string reason);

    [LoggerMessage(303, LogLevel.Error, "Journal entry {Entry} is damaged and left out: {Reason}.")]
    public static partial void EntryDamaged(ILogger logger, long entry, string reason);
}
