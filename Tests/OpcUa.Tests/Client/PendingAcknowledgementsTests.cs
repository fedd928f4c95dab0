using PatchEdge.OpcUa.Client;

namespace PatchEdge.OpcUa.Tests.Client;

public sealed class PendingAcknowledgementsTests
{
    private readonly PendingAcknowledgements pending = new();

    [Fact]
    public void Numbers_of_a_former_epoch_are_dropped()
    {
        pending.Begin(1);
        pending.Add(5, 1);
        pending.Begin(2);
        pending.Add(6, 1);
        pending.Add(1, 2);
        Assert.Equal([1u], Take(10, out var epoch));
        Assert.Equal(2, epoch);
    }

    [Fact]
    public void Taken_in_order_and_bounded()
    {
        pending.Begin(1);
        for (uint number = 1; number <= 20_000; number++)
            pending.Add(number, 1);
        Assert.Equal([10_001u, 10_002, 10_003], Take(3, out _));
        Assert.Equal(9_997, Take(int.MaxValue, out _).Count);
    }

    private List<uint> Take(int most, out int epoch)
    {
        List<uint> taken = [];
        epoch = pending.Take(most, taken);
        return taken;
    }
}
