using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Delivery;

/// <summary>For a gateway without a broker: it keeps its record, and nobody hears of it.</summary>
internal sealed class NoLiveReports : ILiveReports
{
    public void Post(LineReport report)
    {
    }

    public void Post(GatewayStatus newest)
    {
    }

    public void Post(CoverageDigest newest)
    {
    }
}
