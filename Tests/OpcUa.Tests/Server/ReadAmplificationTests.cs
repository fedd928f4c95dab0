using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Server;

/// <summary>Small requests for large answers; what they cost is measured over the whole process.</summary>
[Collection(nameof(Alone))]
public sealed class ReadAmplificationTests
{
    [Fact]
    public async Task Thousands_of_parts_of_a_large_array_are_refused_before_they_fill_the_memory()
    {
        await using var rig = await ServerRig.StartAsync();
        var large = new DataValue(Variant.FromArray(new double[200_000]));
        NodeId id = rig.Server.AddressSpace.AddVariable(rig.Plant, rig.Id("Large"), "Large", new VariableOptions { DataType = DataTypeIds.Double, ValueRank = ValueRanks.OneDimension, InitialValue = large }).NodeId;
        ServiceClient client = await rig.SignInAsync();
        var request = new ReadRequest { NodesToRead = [.. Enumerable.Repeat(new ReadValueId { NodeId = id, IndexRange = "1:199999" }, 10_000)] };
        long before = GC.GetTotalAllocatedBytes();
        Assert.Equal(StatusCodes.BadResponseTooLarge, await client.FaultAsync(request));
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 100_000_000);
        Assert.Equal(199_999, (await client.ReadAsync(id, range: "1:199999")).Value.Length);
    }
}
