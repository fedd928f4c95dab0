using PatchEdge.Gateway.Delivery;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Tests.Truth.Model;

/// <summary>Live reports that nobody hears: the record is judged, and nothing else.</summary>
internal sealed class Unheard : ILiveReports
{
    public void Post(GatewayStatus newest)
    {
    }

    public void Post(LineReport report)
    {
    }

    public void Post(CoverageDigest newest)
    {
    }
}
