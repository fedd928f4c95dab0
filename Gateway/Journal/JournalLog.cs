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

    [LoggerMessage(304, LogLevel.Error, "The disk is full: the journal's reserve of {MiB} MiB is given to gaps, attestations and cursors. Readings wait at the servers until there is room again.")]
    public static partial void ReserveGiven(ILogger logger, long miB);

    [LoggerMessage(305, LogLevel.Critical, "Journal entries {First} to {Last} were durable and are gone: the write-ahead log is damaged, or an old copy was put in the journal's place. The time is accounted for as GatewayDown; deliveries are made again.")]
    public static partial void EntriesLost(ILogger logger, long first, long last);

    [LoggerMessage(306, LogLevel.Error, "The cursor of {Sink} is damaged: everything in the journal is delivered again, which changes nothing at the far end.")]
    public static partial void CursorDamaged(ILogger logger, string sink);
}
