using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Server.Nodes.Standard;

namespace PatchEdge.OpcUa.Server;

/// <summary>
/// An OPC UA server over opc.tcp. Make it, fill its <see cref="AddressSpace"/>, start it, feed the variables; the address space
/// may change while it runs.
/// </summary>
public sealed class UaServer : IAsyncDisposable
{
    /// <exception cref="ArgumentException">The options do not hold together.</exception>
    public UaServer(UaServerOptions options)
    {
        options.Validate();
        Options = options;
        AddressSpace = new AddressSpace(options.ApplicationUri, new ServerValues(), options.TimeProvider);
    }

    public UaServerOptions Options { get; }
    public AddressSpace AddressSpace { get; }
    public UaServerFaults Faults { get; } = new();

    /// <summary>The endpoint URL with the port that was really bound; valid once started.</summary>
    public string BoundEndpointUrl => throw new NotImplementedException();

    /// <summary>Raised from any thread; handlers must not block.</summary>
    public event Action<UaServerEvent>? Diagnostics;

    /// <summary>Binds, listens and begins to answer. Makes the application certificate on the first run.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => throw new NotImplementedException($"{Diagnostics}");

    /// <summary>Says Shutdown in ServerStatus, closes sessions, subscriptions and connections. Safe to repeat.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
