using System.Net;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.SecureChannel;

/// <summary>Accepts connections and runs a <see cref="ServerChannel"/> for each, within caps.</summary>
internal sealed class ServerListener : IAsyncDisposable
{
    public ServerListener(ServerListenerOptions options) => Options = options;

    public ServerListenerOptions Options { get; }

    /// <summary>Where it listens once it was started.</summary>
    public IPEndPoint LocalEndPoint => throw new NotImplementedException();

    public IReadOnlyCollection<ServerChannel> Channels => throw new NotImplementedException();

    /// <summary>Binds and listens, then accepts in the background until disposed.</summary>
    public void Start() => throw new NotImplementedException();

    /// <summary>Cuts every connection without a word, and goes on accepting (a fault hook).</summary>
    public void CutConnections(UaException reason) => throw new NotImplementedException();

    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
