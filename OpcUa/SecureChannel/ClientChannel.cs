using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.SecureChannel;

/// <summary>The client's end of a secure channel: requests go out, each answer comes back to the one who asked. Thread-safe.</summary>
internal sealed class ClientChannel : IAsyncDisposable
{
    private ClientChannel(ClientChannelOptions options) => Options = options;

    public ClientChannelOptions Options { get; }
    public uint ChannelId { get; private set; }

    /// <summary>Revised lifetime of the current token.</summary>
    public TimeSpan TokenLifetime { get; private set; }

    public ChannelCounters Counters { get; private set; }

    /// <summary>Ends, without failing, with the reason when the channel is closed by anybody.</summary>
    public Task<UaException> Closed => throw new NotImplementedException();

    /// <summary>Connects, says Hello, opens the channel.</summary>
    public static Task<ClientChannel> OpenAsync(ClientChannelOptions options, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>
    /// Sends an encoded request (type id and body) and returns the encoded response, which the caller disposes. Many may wait
    /// at a time. Throws <see cref="UaException"/>: BadTimeout when nothing came in time (the channel stays open),
    /// BadRequestTooLarge, BadUnknownResponse, or the fault that closed the channel. <paramref name="request"/> must stay
    /// untouched until the call ends. <paramref name="responseTypeId"/> is the binary encoding id (namespace 0) that the answer
    /// must have, or 0 for any; a ServiceFault always passes.
    /// </summary>
    public Task<PooledMessage> RequestAsync(ReadOnlyMemory<byte> request, uint responseTypeId, TimeSpan timeout, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Renews the token now, ahead of its time.</summary>
    public Task RenewAsync(CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Sends CloseSecureChannel and closes the connection.</summary>
    public Task CloseAsync() => throw new NotImplementedException();

    /// <summary>Ends the connection at once, without a word to the peer; every waiting request fails with the reason.</summary>
    public void Abort(UaException reason) => throw new NotImplementedException();

    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
