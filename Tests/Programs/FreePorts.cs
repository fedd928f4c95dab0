using System.Net;
using System.Net.Sockets;

namespace PatchEdge.Programs;

/// <summary>Ports on the loopback address that nothing listens on at the moment of asking.</summary>
public static class FreePorts
{
    public static int One() => Several(1)[0];

    /// <summary>Different ports: all are held open until the last is found.</summary>
    public static int[] Several(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        try
        {
            listeners.ForEach(listener => listener.Start());
            return [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            listeners.ForEach(listener => listener.Dispose());
        }
    }
}
