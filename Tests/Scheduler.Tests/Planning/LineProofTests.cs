using PatchEdge.Plant.Lines;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Planning;

/// <summary>Packaging is watched by two gateways.</summary>
public sealed class LineProofTests
{
    [Theory]
    [InlineData(LineState.Idle, LineState.Idle, LineState.Idle)]
    [InlineData(LineState.Idle, LineState.Active, LineState.Unknown)]
    [InlineData(LineState.Settling, LineState.Idle, LineState.Settling)]
    [InlineData(LineState.Idle, LineState.Unknown, LineState.Idle)]
    [InlineData(LineState.Unknown, LineState.Unknown, LineState.Unknown)]
    public void Least_idle_word_of_those_that_can_see_decides(LineState first, LineState second, LineState proven)
    {
        var open = Facts.Open
            .With(Facts.Fresh(Facts.Report(TestPlant.Packaging, TestPlant.Gateway, first)))
            .With(Facts.Fresh(Facts.Report(TestPlant.Packaging, TestPlant.SecondGateway, second)));

        Assert.Equal(proven, Judge(open).State);
    }

    [Fact]
    public void Stale_gateway_neither_proves_nor_contradicts()
    {
        var open = Facts.Open
            .With(Facts.Doubtful(Facts.Report(TestPlant.Packaging, TestPlant.Gateway, LineState.Active), Standing.Stale));

        Assert.Equal(LineState.Idle, Judge(open).State);
    }

    [Fact]
    public void All_gateways_gone_is_unknown()
    {
        var open = Facts.Open
            .With(Facts.Doubtful(Facts.Gateway(TestPlant.Gateway), Standing.Offline))
            .With(Facts.Doubtful(Facts.Gateway(TestPlant.SecondGateway), Standing.Stale));

        Assert.Equal((LineState.Unknown, "line-gateway-offline"), (Judge(open).State, Judge(open).Code));
    }

    private static LineProof Judge(PlanningSnapshot snapshot) =>
        LineProof.Judge(snapshot.Plant.LineNamed(TestPlant.Packaging)!, snapshot.Plant, snapshot.Evidence);
}
