using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>Reads the server's state at its pace while a connection lasts, and gives the connection up when nothing answers any more.</summary>
internal sealed class ConnectionWatch(ConnectionKeeper keeper, ServerReader reader)
{
    // However short a session's time is said to be, nobody is kept busy by it.
    private static readonly TimeSpan Quickest = TimeSpan.FromMilliseconds(100);

    /// <summary>Returns why the connection ended, once it has.</summary>
    public async Task<UaException> RunAsync(Session session, CancellationToken stopping)
    {
        var channel = session.Channel.Channel;
        var ended = Task.WhenAny(channel.Closed, session.Lost);
        var pace = Pace(session);
        var failures = 0;
        while (true)
        {
            using (var pause = CancellationTokenSource.CreateLinkedTokenSource(stopping))
            {
                await Task.WhenAny(ended, Task.Delay(pace, keeper.Time, pause.Token)).ConfigureAwait(false);
                await pause.CancelAsync().ConfigureAwait(false);
            }
            stopping.ThrowIfCancellationRequested();
            if (ended.IsCompleted)
                return await (await ended.ConfigureAwait(false)).ConfigureAwait(false);
            var heard = channel.Counters.MessagesReceived;
            try
            {
                keeper.Learn(await reader.ReadStateAsync(session, keeper.Server, stopping).ConfigureAwait(false));
                failures = 0;
            }
#pragma warning disable CA1031 // An answer that makes no sense is no answer.
            catch (Exception unanswered) when (!stopping.IsCancellationRequested)
#pragma warning restore CA1031
            {
                // One late answer is no reason to reconnect, nor is any number of them while others come.
                failures = channel.Counters.MessagesReceived > heard ? 0 : failures + 1;
                if (failures >= keeper.Options.KeepAliveAttempts)
                {
                    session.GiveUp(new UaException(StatusCodes.BadTimeout, $"The server has not answered {failures} times in a row", keeper.Options.EndpointUrl,
                        "Connecting again; check the network and the server's load", unanswered));
                }
            }
        }
    }

    // A session that nobody uses ends at the server; reading in a third of its time keeps it.
    private TimeSpan Pace(Session session)
    {
        var third = session.RevisedTimeout / 3;
        if (third <= TimeSpan.Zero || third > keeper.Options.KeepAliveInterval)
            return keeper.Options.KeepAliveInterval;
        return third < Quickest ? Quickest : third;
    }
}
