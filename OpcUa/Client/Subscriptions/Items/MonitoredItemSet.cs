using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>
/// The items of one subscription: creates them in batches, keeps what the server granted, tries rejected ones again. A failure is
/// the item's own; it never stops the others. Calls to the server go one at a time.
/// </summary>
internal sealed class MonitoredItemSet(SubscriptionOptions options, OperationBatches batches, TimeProvider time) : IDisposable
{
    private const int MostVainSearches = 3;

    private readonly Turns gate = new();
    private readonly Dictionary<uint, MonitoredItem> items = [];
    private int monitored;

    // A call to create items ended without its answer: the server may have more items than are known here.
    private bool unanswered;
    private int vainSearches;

    /// <summary>What happened to items since the last call of <see cref="TakeReports"/>.</summary>
    private List<ItemReport> reports = [];

    public int Count => items.Count;
    public int Monitored => Volatile.Read(ref monitored);
    public int Rejected => items.Count - Monitored;

    /// <summary>Adds items and has them monitored; without a binding they wait for one.</summary>
    public async Task<MonitoredItemResult[]> AddAsync(SubscriptionBinding? binding, IReadOnlyList<MonitoredItemOptions> added, CancellationToken cancellation)
    {
        using var turn = await gate.TakeAsync(cancellation).ConfigureAwait(false);
        var fresh = new MonitoredItem[added.Count];
        items.EnsureCapacity(items.Count + fresh.Length);
        for (var i = 0; i < fresh.Length; i++)
        {
            fresh[i] = new MonitoredItem(added[i]);
            if (items.TryAdd(added[i].ClientHandle, fresh[i]))
                continue;
            // All or none.
            for (var j = 0; j < i; j++)
                items.Remove(added[j].ClientHandle);
            throw new ArgumentException($"The client handle {added[i].ClientHandle} is taken; choose one per item of the subscription.", nameof(added));
        }
        if (binding is null)
            Postpone(fresh, StatusCodes.BadServerNotConnected);
        else
            await CreateAsync(binding, fresh, cancellation).ConfigureAwait(false);
        return [.. fresh.Select(item => item.ToResult())];
    }

    /// <summary>Creates every item anew, on a subscription that has none.</summary>
    public async Task CreateAllAsync(SubscriptionBinding binding, CancellationToken cancellation)
    {
        using var turn = await gate.TakeAsync(cancellation).ConfigureAwait(false);
        foreach (var item in items.Values)
            item.ServerId = 0;
        unanswered = false;
        Recount();
        await CreateAsync(binding, [.. items.Values], cancellation).ConfigureAwait(false);
    }

    /// <summary>Tries rejected items whose time has come; returns when the next is due, infinite when none is.</summary>
    public async Task<TimeSpan> RetryAsync(SubscriptionBinding? binding, CancellationToken cancellation)
    {
        using var turn = await gate.TakeAsync(cancellation).ConfigureAwait(false);
        if (binding is null)
            return Timeout.InfiniteTimeSpan;
        var now = time.GetTimestamp();
        MonitoredItem[] due = [.. items.Values.Where(item => !item.IsMonitored && item.RetryAt <= now)];
        if (due.Length > 0 || unanswered)
            await CreateAsync(binding, due, cancellation).ConfigureAwait(false);
        long next = items.Values.Where(item => !item.IsMonitored).Select(item => item.RetryAt).DefaultIfEmpty(long.MaxValue).Min();
        if (next == long.MaxValue)
            return unanswered ? options.FirstItemRetry : Timeout.InfiniteTimeSpan;
        var wait = time.GetElapsedTime(time.GetTimestamp(), next);
        return wait > TimeSpan.FromMilliseconds(50) ? wait : TimeSpan.FromMilliseconds(50);
    }

    public async Task RemoveAsync(SubscriptionBinding? binding, IReadOnlyList<uint> handles, CancellationToken cancellation)
    {
        using var turn = await gate.TakeAsync(cancellation).ConfigureAwait(false);
        List<uint> serverIds = [];
        foreach (var handle in handles)
        {
            if (items.Remove(handle, out var item) && item.IsMonitored)
                serverIds.Add(item.ServerId);
        }
        Recount();
        if (binding is not null && serverIds.Count > 0)
        {
            await batches.RunAsync(BatchedService.MonitoredItems, serverIds.ToArray(), async part => (await binding.Session.CallAsync<DeleteMonitoredItemsResponse>(
                new DeleteMonitoredItemsRequest { SubscriptionId = binding.SubscriptionId, MonitoredItemIds = part }, cancellation).ConfigureAwait(false)).Results).ConfigureAwait(false);
        }
    }

    public async Task<MonitoredItemResult[]> ModifyAsync(SubscriptionBinding binding, IReadOnlyList<MonitoredItemOptions> changed, CancellationToken cancellation)
    {
        using var turn = await gate.TakeAsync(cancellation).ConfigureAwait(false);
        var known = changed.Select(change => Find(change.ClientHandle)).ToArray();
        for (var i = 0; i < known.Length; i++)
        {
            if (known[i].Options.NodeId != changed[i].NodeId || known[i].Options.AttributeId != changed[i].AttributeId || known[i].Options.IndexRange != changed[i].IndexRange)
                throw new ArgumentException($"The item {changed[i].ClientHandle} would become another value; remove it and add the new one.", nameof(changed));
        }
        for (var i = 0; i < known.Length; i++)
            known[i].Options = changed[i];
        await batches.RunAsync(BatchedService.MonitoredItems, known.Where(item => item.IsMonitored).ToArray(), part => ModifyPartAsync(binding, part, cancellation)).ConfigureAwait(false);
        return [.. known.Select(item => item.ToResult())];
    }

    public async Task SetModeAsync(SubscriptionBinding binding, MonitoringMode mode, IReadOnlyList<uint> handles, CancellationToken cancellation)
    {
        using var turn = await gate.TakeAsync(cancellation).ConfigureAwait(false);
        var known = handles.Select(Find).ToArray();
        foreach (var item in known)
            item.Options = item.Options with { MonitoringMode = mode };
        await batches.RunAsync(BatchedService.MonitoredItems, known.Where(item => item.IsMonitored).Select(item => item.ServerId).ToArray(), async part =>
            (await binding.Session.CallAsync<SetMonitoringModeResponse>(
                new SetMonitoringModeRequest { SubscriptionId = binding.SubscriptionId, MonitoringMode = mode, MonitoredItemIds = part }, cancellation).ConfigureAwait(false)).Results).ConfigureAwait(false);
    }

    /// <summary>Handles and what to read to learn the present value of every item that is monitored.</summary>
    public async Task<(uint[] Handles, ReadValueId[] Values)> SnapshotAsync(CancellationToken cancellation)
    {
        using var turn = await gate.TakeAsync(cancellation).ConfigureAwait(false);
        MonitoredItem[] reporting = [.. items.Values.Where(item => item.IsMonitored && item.Options.MonitoringMode == MonitoringMode.Reporting)];
        return ([.. reporting.Select(item => item.Options.ClientHandle)], [.. reporting.Select(item => item.ToReadValueId())]);
    }

    /// <summary>Some item's namespace is none that the server was known to have.</summary>
    public async Task<bool> LacksNamespaceAsync(SubscriptionBinding binding, CancellationToken cancellation)
    {
        using var turn = await gate.TakeAsync(cancellation).ConfigureAwait(false);
        return items.Values.Any(item => !item.IsMonitored && !item.Options.NodeId.TryResolve(binding.Namespaces, out _));
    }

    public List<ItemReport> TakeReports() => Interlocked.Exchange(ref reports, []);

    public void Dispose() => gate.Dispose();

    private MonitoredItem Find(uint handle) =>
        items.TryGetValue(handle, out var item) ? item : throw new ArgumentException($"The subscription has no item with the client handle {handle}.", nameof(handle));

    private async Task CreateAsync(SubscriptionBinding binding, MonitoredItem[] wanted, CancellationToken cancellation)
    {
        var known = new List<MonitoredItem>(wanted.Length);
        foreach (var item in wanted)
        {
            if (item.Options.NodeId.TryResolve(binding.Namespaces, out var nodeId))
            {
                item.NodeId = nodeId;
                known.Add(item);
            }
            else
                Reject(item, StatusCodes.BadNodeIdUnknown);
        }
        var done = 0;
        var asked = 0;
        try
        {
            await DeleteOrphansAsync(binding, cancellation).ConfigureAwait(false);
            await batches.RunAsync(BatchedService.MonitoredItems, known.ToArray(), async part =>
            {
                asked = done + part.Length;
                var results = await CreatePartAsync(binding, part, cancellation).ConfigureAwait(false);
                done += results.Length == part.Length ? part.Length : 0;
                return results;
            }).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Whoever asked no longer waits; the items stay wanted all the same.
            Postpone(known.Skip(done), StatusCodes.BadRequestCancelledByClient);
            throw;
        }
        catch (UaException fault)
        {
            Postpone(known.Skip(done), fault.Status);
        }
        finally
        {
            // The server may have created what it was asked for all the same.
            unanswered |= asked > done;
            Recount();
        }
        if (options.CompareDataTypes)
            reports.AddRange(await DataTypeComparison.RunAsync(binding, batches, [.. known.Where(item => item.IsMonitored && item.Options.AttributeId == AttributeIds.Value)], cancellation).ConfigureAwait(false));
    }

    private async Task DeleteOrphansAsync(SubscriptionBinding binding, CancellationToken cancellation)
    {
        if (!unanswered)
            return;
        // A server that cannot tell keeps them for as long as the subscription lives. Their values come twice, which is harmless;
        // not at all would not be.
        try
        {
            await OrphanedItems.DeleteAsync(binding, batches, [.. items.Values.Where(item => item.IsMonitored).Select(item => item.ServerId)], cancellation).ConfigureAwait(false);
        }
        catch (UaException) when (!binding.Session.Channel.IsBroken && ++vainSearches >= MostVainSearches)
        {
            // A server that answers nothing to this shall still get its items.
        }
        unanswered = false;
        vainSearches = 0;
    }

    private async Task<MonitoredItemCreateResult[]> CreatePartAsync(SubscriptionBinding binding, MonitoredItem[] part, CancellationToken cancellation)
    {
        var response = await binding.Session.CallAsync<CreateMonitoredItemsResponse>(new CreateMonitoredItemsRequest
        {
            SubscriptionId = binding.SubscriptionId,
            TimestampsToReturn = options.Timestamps,
            ItemsToCreate = [.. part.Select(item => new MonitoredItemCreateRequest
            {
                ItemToMonitor = item.ToReadValueId(),
                MonitoringMode = item.Options.MonitoringMode,
                RequestedParameters = item.ToParameters(),
            })],
        }, binding.ItemTimeout, cancellation).ConfigureAwait(false);
        if (response.Results.Length != part.Length)
            return response.Results;
        for (var i = 0; i < part.Length; i++)
        {
            var result = response.Results[i];
            if (result.StatusCode.IsBad)
                Reject(part[i], result.StatusCode);
            else
                Accept(part[i], result);
        }
        return response.Results;
    }

    private async Task<MonitoredItemModifyResult[]> ModifyPartAsync(SubscriptionBinding binding, MonitoredItem[] part, CancellationToken cancellation)
    {
        var response = await binding.Session.CallAsync<ModifyMonitoredItemsResponse>(new ModifyMonitoredItemsRequest
        {
            SubscriptionId = binding.SubscriptionId,
            TimestampsToReturn = options.Timestamps,
            ItemsToModify = [.. part.Select(item => new MonitoredItemModifyRequest { MonitoredItemId = item.ServerId, RequestedParameters = item.ToParameters() })],
        }, cancellation).ConfigureAwait(false);
        for (var i = 0; i < Math.Min(part.Length, response.Results.Length); i++)
        {
            part[i].Status = response.Results[i].StatusCode;
            if (response.Results[i].StatusCode.IsBad)
                continue;
            part[i].RevisedSamplingInterval = RevisedSpan.Of(response.Results[i].RevisedSamplingInterval);
            part[i].RevisedQueueSize = response.Results[i].RevisedQueueSize;
        }
        return response.Results;
    }

    private void Accept(MonitoredItem item, MonitoredItemCreateResult result)
    {
        item.Status = result.StatusCode;
        item.ServerId = result.MonitoredItemId;
        item.RevisedSamplingInterval = RevisedSpan.Of(result.RevisedSamplingInterval);
        item.RevisedQueueSize = result.RevisedQueueSize;
        item.Failures = 0;
        if (item.Reported.IsBad)
            reports.Add(new ItemReport.Accepted(item.ToResult()));
        item.Reported = StatusCodes.Good;
    }

    private void Postpone(IEnumerable<MonitoredItem> rejected, StatusCode status)
    {
        foreach (var item in rejected)
        {
            // The call failed, not the item: a rejection of its own that is known already says more.
            var known = item.Reported;
            if (known.IsBad)
                item.Reported = status;
            Reject(item, status);
            if (known.IsBad)
                item.Reported = known;
        }
    }

    private void Reject(MonitoredItem item, StatusCode status)
    {
        item.Status = status;
        item.ServerId = 0;
        var doubled = options.FirstItemRetry.TotalMilliseconds * Math.Pow(2, Math.Min(item.Failures, 20));
        var wait = TimeSpan.FromMilliseconds(Math.Min(doubled, options.LongestItemRetry.TotalMilliseconds));
        item.Failures++;
        item.RetryAt = time.GetTimestamp() + (long)(wait.TotalSeconds * time.TimestampFrequency);
        if (item.Reported == status)
            return;
        item.Reported = status;
        reports.Add(new ItemReport.Rejected(item.ToResult(), wait));
    }

    private void Recount() => Volatile.Write(ref monitored, items.Values.Count(item => item.IsMonitored));
}
