using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace PatchEdge.Simulator.Layout;

/// <summary>Loopback ports of the simulated plant: a base and fixed offsets, so that the addresses stay the same from start to start.</summary>
/// <param name="Base">First of <see cref="Count"/> consecutive ports.</param>
internal sealed partial record PortPlan(int Base)
{
    public const int Count = 100;

    /// <summary>The base that the example plant file is written for.</summary>
    public const int DefaultBase = 48400;

    public int Mqtt => Base + 83;

    public int Console => Base + 80;

    /// <summary>Where a server really listens whose clients reach it through a network that can fail.</summary>
    public static int Behind(int port) => port + 40;

    /// <summary>Moves the ports of an example plant file from the default base to this one.</summary>
    public string Move(string plantFile) =>
        ExamplePort().Replace(plantFile, match => ":" + (int.Parse(match.Groups[1].ValueSpan, null) - DefaultBase + Base));

    /// <summary>The first port that is not free; null when all are.</summary>
    public int? FirstTaken(IEnumerable<int> ports)
    {
        foreach (var port in ports.Append(Mqtt).Append(Console))
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
            }
            catch (SocketException)
            {
                return port;
            }
        }

        return null;
    }

    [GeneratedRegex(":(484[0-9]{2})(?![0-9])")]
    private static partial Regex ExamplePort();
}
