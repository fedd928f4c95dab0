using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Client;

public sealed class OperationBatchesTests
{
    private readonly ClientDiagnostics diagnostics = new(TimeProvider.System);
    private readonly List<UaClientEvent> events = [];
    private readonly OperationBatches batches;

    public OperationBatchesTests()
    {
        diagnostics.Raised += events.Add;
        batches = new OperationBatches(diagnostics, most: 1000);
    }

    [Fact]
    [Trait("Clause", "Part 5 OperationLimits")]
    public async Task Results_are_in_order_across_batches()
    {
        batches.Apply(new OperationLimits { MaxNodesPerRead = 7 });
        List<int> sizes = [];
        var results = await batches.RunAsync(BatchedService.Read, Enumerable.Range(0, 20).ToArray(), part =>
        {
            sizes.Add(part.Length);
            return Task.FromResult(part.Select(i => i * 2).ToArray());
        });
        Assert.Equal(Enumerable.Range(0, 20).Select(i => i * 2), results);
        Assert.Equal([7, 7, 6], sizes);
    }

    [Fact]
    [Trait("Clause", "Part 5 OperationLimits")]
    public async Task Server_that_takes_fewer_than_it_promises_gets_half_as_many()
    {
        batches.Apply(new OperationLimits { MaxMonitoredItemsPerCall = 600 });
        var results = await batches.RunAsync(BatchedService.MonitoredItems, Enumerable.Range(0, 1000).ToArray(), part =>
            part.Length > 100 ? throw new UaException(StatusCodes.BadTooManyOperations, "Too many", "test") : Task.FromResult(part));
        Assert.Equal(Enumerable.Range(0, 1000), results);
        Assert.Equal(75, batches.Size(BatchedService.MonitoredItems));
        Assert.Equal([(600, 300), (300, 150), (150, 75)], events.Cast<UaClientEvent.BatchLowered>().Select(lowered => (lowered.From, lowered.To)));
        Assert.Equal(1000, batches.Size(BatchedService.Read));
    }

    [Fact]
    public async Task One_operation_that_is_too_many_is_a_failure()
    {
        var refused = await Assert.ThrowsAsync<UaException>(() => batches.RunAsync<int, int>(BatchedService.Read, Enumerable.Range(0, 10).ToArray(), _ =>
            throw new UaException(StatusCodes.BadTooManyOperations, "Too many", "test")));
        Assert.Equal(StatusCodes.BadTooManyOperations, refused.Status.Value);
        Assert.Equal(1, batches.Size(BatchedService.Read));
    }

    [Fact]
    public async Task Method_that_may_have_run_is_not_called_again()
    {
        var calls = 0;
        await Assert.ThrowsAsync<UaException>(() => batches.RunAsync<int, int>(BatchedService.Call, new[] { 1, 2 }, _ =>
        {
            calls++;
            throw new UaException(StatusCodes.BadResponseTooLarge, "Too large", "test");
        }));
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task Wrong_number_of_results_is_no_answer()
    {
        var refused = await Assert.ThrowsAsync<UaException>(() => batches.RunAsync(BatchedService.Read, new[] { 1, 2, 3 }, part => Task.FromResult(part[1..])));
        Assert.Equal(StatusCodes.BadUnknownResponse, refused.Status.Value);
    }
}
