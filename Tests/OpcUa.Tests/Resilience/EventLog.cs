using System.Threading.Channels;
using PatchEdge.OpcUa.Client;

namespace PatchEdge.OpcUa.Tests.Resilience;

/// <summary>What a client reports, to be waited for.</summary>
internal sealed class EventLog
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Channel<UaClientEvent> events = Channel.CreateUnbounded<UaClientEvent>();

    public EventLog(UaClient client) => client.Diagnostics += happened => events.Writer.TryWrite(happened);

    /// <summary>The next event of a kind, skipping others.</summary>
    public async Task<T> NextAsync<T>()
        where T : UaClientEvent
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Patience);
        var skipped = new List<UaClientEvent>();
        try
        {
            while (true)
            {
                var happened = await events.Reader.ReadAsync(deadline.Token);
                if (happened is T wanted)
                    return wanted;
                skipped.Add(happened);
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"No {typeof(T).Name} within {Patience.TotalSeconds} s, but:\n{string.Join('\n', skipped)}");
        }
    }
}
