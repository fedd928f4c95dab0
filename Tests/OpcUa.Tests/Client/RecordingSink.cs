using System.Threading.Channels;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Services;

namespace PatchEdge.OpcUa.Tests.Client;

/// <summary>Writes down what a subscription delivers, in order, and lets a test wait for a part of it.</summary>
internal sealed class RecordingSink : ISubscriptionSink
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<object> all = [];
    private readonly Channel<object> arrived = Channel.CreateUnbounded<object>();

    /// <summary>Acknowledge data at once, as a caller whose journal is quick does.</summary>
    public bool Acknowledges { get; init; } = true;

    /// <summary>Held up while set and not completed.</summary>
    public Task? Hold { get; set; }

    /// <summary>Everything so far, in order.</summary>
    public object[] All
    {
        get
        {
            lock (all)
                return [.. all];
        }
    }

    public IEnumerable<Data> Changes => All.OfType<Data>();

    public async ValueTask OnDataChangeAsync(DataChange change)
    {
        if (Hold is { } hold)
            await hold;
        await Record(new Data(change.Epoch, change.SequenceNumber, change.Origin, [.. change.Items.ToArray().Select(item => (item.ClientHandle, item.Value))]) { MoreFollow = change.MoreFollow });
        if (Acknowledges && change.SequenceNumber != 0)
            change.Subscription.Acknowledge(change.SequenceNumber, change.Epoch);
    }

    public ValueTask OnKeepAliveAsync(KeepAlive keepAlive) => Record(keepAlive);
    public ValueTask OnLostAsync(LostNotifications lost) => Record(lost);
    public ValueTask OnStatusAsync(SubscriptionStatus status) => Record(status);

    /// <summary>The next thing of a kind that fits, skipping others.</summary>
    public async Task<T> NextAsync<T>(Func<T, bool>? fits = null)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Patience);
        try
        {
            while (true)
            {
                if (await arrived.Reader.ReadAsync(deadline.Token) is T wanted && (fits is null || fits(wanted)))
                    return wanted;
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"No {typeof(T).Name} within {Patience.TotalSeconds} s. So far:\n{string.Join('\n', All.Where(what => what is not KeepAlive))}");
        }
    }

    /// <summary>The next change that carries this value for the item.</summary>
    public Task<Data> ValueAsync(uint handle, double value) =>
        NextAsync<Data>(data => data.Items.Any(item => item.Handle == handle && item.Value.Value.TryGetNumber(out var number) && number == value));

    private ValueTask Record(object what)
    {
        lock (all)
            all.Add(what);
        arrived.Writer.TryWrite(what);
        return ValueTask.CompletedTask;
    }

    public sealed record Data(int Epoch, uint SequenceNumber, DataChangeOrigin Origin, (uint Handle, OpcUa.Types.DataValue Value)[] Items)
    {
        public bool MoreFollow { get; init; }

        public override string ToString() => $"#{SequenceNumber} epoch {Epoch} {Origin}: {string.Join(", ", Items.Take(8).Select(item => $"{item.Handle}={item.Value}"))}";
    }
}
