using System.Text.Json;
using Microsoft.Extensions.Logging;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Journal;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Delivery.Mqtt;

/// <summary>Sends gaps and attestations from the journal. Each carries its own identity, so receiving one twice changes nothing.</summary>
internal sealed class MqttSink(MqttLink link, string site, string gateway, JournalWriter journal, TimeProvider time, ILogger log) : ISink
{
    /// <summary>So often a message may end the connection, or be called too large, before it is set aside.</summary>
    private const int MostTries = 5;

    private static readonly TimeSpan RetryPace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Expiry = TimeSpan.FromDays(7);

    private long delivered;
    private long retries;
    private long refused;
    private volatile string? trouble;

    public string Name => "mqtt";

    public string? Trouble => trouble;

    public bool Takes(JournalKind kind) => kind is JournalKind.Gaps or JournalKind.Attestation;

    public SinkCounters Counters => new(Interlocked.Read(ref delivered), Interlocked.Read(ref retries), Interlocked.Read(ref refused));

    public async Task DeliverAsync(IReadOnlyList<JournalEntry> entries, int offset, Func<SinkPosition, Task> confirmed, CancellationToken cancel)
    {
        foreach (var entry in entries)
        {
            switch (entry.Kind)
            {
                case JournalKind.Gaps:
                    var gaps = JsonSerializer.Deserialize(entry.Body, JournalJson.Default.GapArray) ?? [];
                    foreach (var gap in gaps.Skip(offset))
                        await SendAsync(entry.Id, Topics.Gap(site, gateway), JsonSerializer.SerializeToUtf8Bytes(gap, MessageJson.Default.Gap), cancel).ConfigureAwait(false);
                    break;
                case JournalKind.Attestation:
                    await SendAsync(entry.Id, Topics.Attestation(site, gateway), entry.Body.ToArray(), cancel).ConfigureAwait(false);
                    break;
            }

            offset = 0;
        }

        await confirmed(new SinkPosition(entries[^1].Id + 1, 0)).ConfigureAwait(false);
    }

    private async Task SendAsync(long entry, string topic, byte[] payload, CancellationToken cancel)
    {
        for (var fatal = 0; ;)
        {
            // An outage is waited out however long it is; only what the broker does to this message, while it can be reached, counts against it.
            var reached = link.Trouble is null;
            var answer = payload.Length > MessageJson.MaximumBytes ? "it is larger than any receiver takes" : await link.PublishAsync(topic, payload, retain: false, Expiry, cancel).ConfigureAwait(false);
            if (answer is null)
            {
                trouble = null;
                Interlocked.Increment(ref delivered);
                return;
            }

            Interlocked.Increment(ref retries);
            trouble = answer;
            if (payload.Length > MessageJson.MaximumBytes || (reached && (link.Trouble is not null || answer.Contains("PacketTooLarge", StringComparison.Ordinal)) && ++fatal >= MostTries))
            {
                Interlocked.Increment(ref refused);
                DeliveryLog.MqttRefused(log, topic, Math.Max(1, fatal), answer);
                var item = new QuarantinedItem(entry, System.Text.Encoding.UTF8.GetString(payload), answer);
                await journal.WriteAsync(new QuarantineWork(Name, Moment.Of(time.GetUtcNow()), [item]), cancel).ConfigureAwait(false);
                return;
            }

            await Task.Delay(RetryPace, time, cancel).ConfigureAwait(false);
        }
    }
}
