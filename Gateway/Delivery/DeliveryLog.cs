using Microsoft.Extensions.Logging;

namespace PatchEdge.Gateway.Delivery;

/// <summary>What delivery tells the log. Event ids 400–499.</summary>
internal static partial class DeliveryLog
{
    [LoggerMessage(400, LogLevel.Error, "Delivery to {Sink} cannot read the journal: {Reason}.")]
    public static partial void JournalUnreadable(ILogger logger, string sink, string reason);

    [LoggerMessage(401, LogLevel.Warning, "InfluxDB does not take data: {Reason}. Everything is kept and sent again.")]
    public static partial void InfluxTrouble(ILogger logger, string reason);

    [LoggerMessage(402, LogLevel.Information, "InfluxDB takes data again.")]
    public static partial void InfluxRecovered(ILogger logger);

    [LoggerMessage(403, LogLevel.Error, "InfluxDB refuses {Count} point(s) for good; they are in the journal's quarantine. Its words: {Reason}")]
    public static partial void InfluxRefused(ILogger logger, int count, string reason);

    [LoggerMessage(404, LogLevel.Information, "InfluxDB {Version} answers; writing by the rules of version {Dialect}.")]
    public static partial void InfluxFound(ILogger logger, string version, string dialect);

    [LoggerMessage(405, LogLevel.Warning, "What was delivered to InfluxDB cannot be read back now: {Reason}. It is tried again.")]
    public static partial void NotReadBack(ILogger logger, string reason);

    [LoggerMessage(406, LogLevel.Warning, "What was delivered cannot be read back: {Reason}. Journal entries go for their age once they are delivered.")]
    public static partial void NeverReadBack(ILogger logger, string reason);

    [LoggerMessage(407, LogLevel.Error, "InfluxDB did not hold {Count} point(s) as they were delivered: {Repaired} were sent again and are right now. Find out who deletes or changes them; `continuity verify` shows where.")]
    public static partial void Differed(ILogger logger, long count, long repaired);

    [LoggerMessage(408, LogLevel.Error, "Delivery of journal entry {Entry} to {Sink} failed, {Times} time(s) now. After a few it is set aside. This is a bug: report it.")]
    public static partial void SinkFailed(ILogger logger, string sink, long entry, int times, Exception failure);

    [LoggerMessage(409, LogLevel.Error, "{Backlog} journal entries wait for {Sink}, the oldest for {Age}: {Reason}. Nothing is lost while the journal has room.")]
    public static partial void BacklogOld(ILogger logger, string sink, long backlog, TimeSpan age, string reason);

    [LoggerMessage(414, LogLevel.Information, "{Sink} has received everything again.")]
    public static partial void BacklogGone(ILogger logger, string sink);

    [LoggerMessage(415, LogLevel.Error, "The broker does not take a message for {Topic}, {Times} times: {Reason}. It is set aside in the journal's quarantine.")]
    public static partial void MqttRefused(ILogger logger, string topic, int times, string reason);

    [LoggerMessage(410, LogLevel.Information, "Connected to MQTT broker {Broker}.")]
    public static partial void MqttConnected(ILogger logger, string broker);

    [LoggerMessage(411, LogLevel.Warning, "MQTT broker {Broker} is not reached: {Reason}. Line states are unknown to everyone until it is.")]
    public static partial void MqttTrouble(ILogger logger, string broker, string reason);

    [LoggerMessage(412, LogLevel.Error, "Another client took over this gateway's MQTT client id {ClientId}. Two gateways have the same name, or someone pretends to be this one.")]
    public static partial void MqttTakenOver(ILogger logger, string clientId);

    [LoggerMessage(416, LogLevel.Critical, "The scheduler's ledger has {Size} entries and had {Most}: its database is an older copy, or somebody cut it. It is told so, and releases nothing.")]
    public static partial void LedgerShorter(ILogger logger, long size, long most);

    [LoggerMessage(417, LogLevel.Error, "A head of the scheduler's ledger could not be kept in {Where}: {Reason}")]
    public static partial void LedgerHeadNotKept(ILogger logger, string where, string reason);

    [LoggerMessage(413, LogLevel.Error, "The broker lets this gateway not listen to {Topic}: {Reason}. No line is held and nothing released until its access list allows it.")]
    public static partial void MqttNotHeard(ILogger logger, string topic, string reason);
}
