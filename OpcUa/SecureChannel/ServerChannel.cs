using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.SecureChannel;

/// <summary>The server's end of one secure channel. Sending is thread-safe.</summary>
internal sealed class ServerChannel
{
    public uint ChannelId { get; private set; }
    public SecurityPolicy SecurityPolicy { get; private set; }
    public MessageSecurityMode SecurityMode { get; private set; }

    /// <summary>Opened without security by a server that offers only secured endpoints: answer discovery, refuse the rest.</summary>
    public bool IsForDiscoveryOnly { get; private set; }

    /// <summary>The client's certificate as validated; null under policy None.</summary>
    public UaCertificate? ClientCertificate { get; private set; }

    /// <summary>URL of the client's Hello.</summary>
    public string EndpointUrl { get; private set; } = "";

    /// <summary>Address and port of the client, for messages.</summary>
    public string Peer { get; private set; } = "";

    /// <summary>Set by the server when a session is activated on the channel; one without goes first when room is needed.</summary>
    public bool HasSession { get; set; }

    public ChannelCounters Counters { get; private set; }

    /// <summary>For the server's own state of this channel.</summary>
    public object? Tag { get; set; }

    /// <summary>
    /// Sends an encoded response. Throws BadResponseTooLarge, before anything is sent, when the client would not take it: send
    /// a ServiceFault then. Throws the channel's fault when it has closed.
    /// </summary>
    public ValueTask SendAsync(uint requestId, ReadOnlyMemory<byte> response) => throw new NotImplementedException();

    /// <summary>Sends an abort chunk for a request: the client gets its error for this one request (Part 6 §6.7.3).</summary>
    public ValueTask SendAbortAsync(uint requestId, StatusCode error, string reason) => throw new NotImplementedException();

    /// <summary>Cuts the connection without a word.</summary>
    public void Abort(UaException reason) => throw new NotImplementedException();

    /// <summary>Sends an Error message with the reason and closes the connection.</summary>
    public ValueTask CloseAsync(UaException reason) => throw new NotImplementedException();
}
