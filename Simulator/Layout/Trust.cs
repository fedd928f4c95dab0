using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.Plant.Model;

namespace PatchEdge.Simulator.Layout;

/// <summary>Plays the engineer who exchanges certificates: gateway and servers come to trust each other through their directories.</summary>
internal static class Trust
{
    public const string GatewayUri = "urn:patchedge:gateway";

    public static string ServerUri(string server) => "urn:patchedge:simulator:" + server;

    public static void Exchange(DataFolder data, PlantModel plant, TimeProvider time)
    {
        foreach (var gateway in plant.Gateways)
        {
            var gatewayStore = new CertificateStore(data.GatewayPki(gateway.Name), time);
            using var gatewayOwn = gatewayStore.LoadOrCreateOwn(new ApplicationIdentity
            {
                ApplicationName = "PatchEdge Gateway " + gateway.Name,
                ApplicationUri = GatewayUri + ":" + gateway.Name,
            });
            foreach (var server in gateway.Servers)
            {
                var serverStore = new CertificateStore(data.ServerPki(server), time);
                using var serverOwn = serverStore.LoadOrCreateOwn(ServerIdentity(server));
                serverStore.Trust(gatewayOwn.Certificate);
                gatewayStore.Trust(serverOwn.Certificate);
            }
        }
    }

    public static ApplicationIdentity ServerIdentity(string server) => new()
    {
        ApplicationName = "PatchEdge simulated " + server,
        ApplicationUri = ServerUri(server),
    };
}
