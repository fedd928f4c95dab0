using System.Net.Sockets;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.SecureChannel;

/// <summary>Host and port of an opc.tcp URL (Part 6 §7.1.1); 4840 where it names no port.</summary>
internal sealed record EndpointAddress(string Host, int Port)
{
    private const int DefaultPort = 4840;

    public static EndpointAddress Parse(string url)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(url) < FrameText.MaxLength
            && Uri.TryCreate(url, UriKind.Absolute, out var parsed)
            && parsed.Scheme == "opc.tcp" && parsed.IdnHost.Length > 0)
            return new EndpointAddress(parsed.IdnHost.Trim('[', ']'), parsed.Port > 0 ? parsed.Port : DefaultPort);
        throw new UaException(StatusCodes.BadTcpEndpointUrlInvalid, $"'{url}' is no endpoint URL", "endpoint URL", "opc.tcp://host:port/path");
    }

    public async Task<Socket> ConnectAsync(CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(Host, Port, cancellation).ConfigureAwait(false);
            return socket;
        }
        catch (SocketException refused)
        {
            socket.Dispose();
            throw new UaException(StatusCodes.BadConnectionRejected, $"No connection to {Host}:{Port}: {refused.Message}", "TCP connect",
                "Check host, port, firewall, and whether the server runs", refused);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
