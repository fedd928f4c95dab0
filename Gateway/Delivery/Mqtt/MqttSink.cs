using System.Text.Json;
using PatchEdge.Gateway.Journal;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Delivery.Mqtt;

/// <summary>Sends gaps and attestations from the journal. Each carries its own identity, so receiving one twice changes nothing.</summary>
internal sealed class MqttSink(MqttLink link, string site, string gateway, TimeProvider time) : ISink
{
    private static readonly TimeSpan RetryPace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Expiry = TimeSpan.FromDays(7);

    private volatile string? trouble;

    public string Name => "mqtt";

    public string? Trouble => trouble;

    public async Task DeliverAsync(IReadOnlyList<JournalEntry> entries, int offset, Func<SinkPosition, Task> confirmed, CancellationToken cancel)
    {
        foreach (var entry in entries)
        {
            switch (entry.Kind)
            {
                case JournalKind.Gaps:
                    var gaps = JsonSerializer.Deserialize(entry.Body, JournalJson.Default.GapArray) ?? [];
                    foreach (var gap in gaps.Skip(offset))
                        await SendAsync(Topics.Gap(site, gateway), JsonSerializer.SerializeToUtf8Bytes(gap, MessageJson.Default.Gap), cancel).ConfigureAwait(false);
                    break;
                case JournalKind.Attestation:
                    await SendAsync(Topics.Attestation(site, gateway), entry.Body, cancel).ConfigureAwait(false);
                    break;
            }

            offset = 0;
        }

        await confirmed(new SinkPosition(entries[^1].Id + 1, 0)).ConfigureAwait(false);
    }

    private async Task SendAsync(string topic, byte[] payload, CancellationToken cancel)
    {
        while (true)
        {
            trouble = await link.PublishAsync(topic, payload, retain: false, Expiry, cancel).ConfigureAwait(false);
            if (trouble is null)
                return;
            await Task.Delay(RetryPace, time, cancel).ConfigureAwait(false);
        }
    }
}
