using PatchEdge.Gateway.Delivery.Influx;

namespace PatchEdge.Gateway.Delivery.Verification;

/// <summary>Sends lines again that the historian should hold.</summary>
internal sealed class Resender(InfluxClient client, TimeProvider time)
{
    private const int Tries = 5;

    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    /// <exception cref="HistorianException">It does not take them.</exception>
    public async Task SendAsync(LineBuffer lines, CancellationToken cancel)
    {
        InfluxAnswer? answer = null;
        for (var tries = 0; tries < Tries; tries++)
        {
            if (tries > 0)
                await Task.Delay(Pace, time, cancel).ConfigureAwait(false);
            if (await client.FindDialectAsync(cancel).ConfigureAwait(false) is not { } found)
                continue;
            answer = await client.WriteAsync(found.Dialect, lines.Slice(0, lines.Lines), cancel).ConfigureAwait(false);
            // A refusal of some is an answer too: what it took is seen when it is read back.
            if (answer.Outcome is InfluxOutcome.Accepted or InfluxOutcome.Refused)
                return;
        }

        throw new HistorianException($"the historian does not take what is sent again: {answer?.Message ?? "no answer"}", Lasting: false);
    }
}
