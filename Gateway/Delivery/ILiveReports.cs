using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Delivery;

/// <summary>Who is told what is true now. Calls return at once; only the newest of each kind counts.</summary>
internal interface ILiveReports
{
    void Post(LineReport report);

    void Post(GatewayStatus newest);

    void Post(CoverageDigest newest);
}
