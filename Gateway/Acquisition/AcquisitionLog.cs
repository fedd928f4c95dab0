using Microsoft.Extensions.Logging;
using PatchEdge.OpcUa.Client;

namespace PatchEdge.Gateway.Acquisition;

/// <summary>What acquisition tells the log. Event ids 100–199.</summary>
internal static partial class AcquisitionLog
{
    public static void Tell(ILogger log, string server, UaClientEvent diagnostic)
    {
        switch (diagnostic)
        {
            case UaClientEvent.ConnectionLost lost:
                ConnectionLost(log, server, lost.Reason.Message);
                break;
            case UaClientEvent.ReconnectFailed failed when System.Numerics.BitOperations.IsPow2(failed.Attempt):
                ReconnectFailed(log, server, failed.Attempt, failed.Reason.Message);
                break;
            case UaClientEvent.Reconnected back:
                Reconnected(log, server, back.Outage.TotalSeconds, back.SessionResumed);
                break;
            case UaClientEvent.RevisedDiffers revised:
                RevisedDiffers(log, server, revised.What, revised.Requested, revised.Revised);
                break;
            case UaClientEvent.ItemsRevised items:
                ItemsRevised(log, server, items.Items, items.Example.RevisedSamplingInterval.TotalMilliseconds, items.Example.RevisedQueueSize);
                break;
            case UaClientEvent.ItemRejected rejected:
                ItemRejected(log, server, rejected.Result.NodeId.ToString(), rejected.Result.Status.SymbolicName, rejected.RetryIn.TotalSeconds);
                break;
            case UaClientEvent.ItemAccepted accepted:
                ItemAccepted(log, server, accepted.Result.NodeId.ToString());
                break;
            case UaClientEvent.NotificationsLost lost:
                NotificationsLost(log, server, lost.First, lost.Last, lost.Reason.SymbolicName);
                break;
            case UaClientEvent.SecurityWarning warning:
                SecurityWarning(log, server, warning.What);
                break;
            case UaClientEvent.HandlerFailed failed:
                HandlerFailed(log, server, failed.Where, failed.Failure);
                break;
            case UaClientEvent.NamespacesChanged or UaClientEvent.ServerCertificateChanged or UaClientEvent.BatchLowered or UaClientEvent.PublishRequestsLowered:
                Noteworthy(log, server, diagnostic.ToString());
                break;
            default:
                Detail(log, server, diagnostic);
                break;
        }
    }

    [LoggerMessage(100, LogLevel.Information, "{Server}: connected to {Url}.")]
    public static partial void Connected(ILogger logger, string server, string url);

    [LoggerMessage(101, LogLevel.Warning, "{Server}: no connection to {Url}: {Reason}")]
    public static partial void ConnectFailed(ILogger logger, string server, string url, string reason);

    [LoggerMessage(102, LogLevel.Information, "{Server}: {Monitored} items monitored, {Rejected} rejected, publishing every {Publishing} ms, keep-alive after {KeepAlive} ms.")]
    public static partial void Subscribed(ILogger logger, string server, int monitored, int rejected, double publishing, double keepAlive);

    [LoggerMessage(103, LogLevel.Warning, "{Server}: connection lost: {Reason}")]
    public static partial void ConnectionLost(ILogger logger, string server, string reason);

    [LoggerMessage(104, LogLevel.Information, "{Server}: attempt {Attempt} to reconnect failed: {Reason}")]
    public static partial void ReconnectFailed(ILogger logger, string server, int attempt, string reason);

    [LoggerMessage(105, LogLevel.Information, "{Server}: connected again after {Outage:0.0} s, session resumed: {Resumed}.")]
    public static partial void Reconnected(ILogger logger, string server, double outage, bool resumed);

    [LoggerMessage(106, LogLevel.Information, "{Server}: asked for {What} {Requested}, granted {Revised}.")]
    public static partial void RevisedDiffers(ILogger logger, string server, string what, string requested, string revised);

    [LoggerMessage(107, LogLevel.Information, "{Server}: {Items} items were granted another sampling or queue than asked, such as {Sampling} ms and {Queue}.")]
    public static partial void ItemsRevised(ILogger logger, string server, int items, double sampling, uint queue);

    [LoggerMessage(108, LogLevel.Warning, "{Server}: {Node} is not monitored: {Status}. Tried again in {Retry} s.")]
    public static partial void ItemRejected(ILogger logger, string server, string node, string status, double retry);

    [LoggerMessage(109, LogLevel.Information, "{Server}: {Node} is monitored now.")]
    public static partial void ItemAccepted(ILogger logger, string server, string node);

    [LoggerMessage(110, LogLevel.Warning, "{Server}: notifications {First} to {Last} are lost: {Reason}.")]
    public static partial void NotificationsLost(ILogger logger, string server, uint first, uint last, string reason);

    [LoggerMessage(111, LogLevel.Warning, "{Server}: {What}")]
    public static partial void SecurityWarning(ILogger logger, string server, string what);

    [LoggerMessage(112, LogLevel.Error, "{Server}: a handler failed in {Where}. This is a bug: report it.")]
    public static partial void HandlerFailed(ILogger logger, string server, string where, Exception failure);

    [LoggerMessage(113, LogLevel.Information, "{Server}: {What}")]
    public static partial void Noteworthy(ILogger logger, string server, string what);

    [LoggerMessage(115, LogLevel.Warning, "{Server}: {Tag} is of data type {Current} since the server restarted, it was {Previous}. Compare with the plant file: its values may mean something else.")]
    public static partial void TypeChanged(ILogger logger, string server, string tag, string current, string previous);

    [LoggerMessage(116, LogLevel.Information, "{Server}: {Added} items added and {Removed} removed by the new plant file; {Items} in all.")]
    public static partial void Revised(ILogger logger, string server, int added, int removed, int items);

    [LoggerMessage(117, LogLevel.Warning, "{Server}: changing what is watched met a failure: {Reason}. What is wanted is asked for again.")]
    public static partial void ReviseFailed(ILogger logger, string server, string reason);

    [LoggerMessage(118, LogLevel.Warning, "{Set}: {Next} is sampled from now on instead of {Before}; their ServiceLevels are {NextLevel} and {BeforeLevel} (-1 is not connected or not running).")]
    private static partial void FailedOver(ILogger logger, string set, string next, string before, int nextLevel, int beforeLevel);

    public static void FailedOver(ILogger logger, string set, string before, int beforeLevel, string next, int nextLevel) =>
        FailedOver(logger, set, next, before, nextLevel, beforeLevel);

    [LoggerMessage(119, LogLevel.Warning, "{Server}: could not be {What}: {Reason}. It is tried again.")]
    public static partial void SleepFailed(ILogger logger, string server, string what, string reason);

    [LoggerMessage(114, LogLevel.Debug, "{Server}: {Diagnostic}")]
    public static partial void Detail(ILogger logger, string server, UaClientEvent diagnostic);
}
