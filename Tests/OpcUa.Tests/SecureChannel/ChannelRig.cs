using System.Net;
using Microsoft.Extensions.Time.Testing;
using PatchEdge.OpcUa.SecureChannel;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.Security;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.SecureChannel;

/// <summary>A listener on a free port whose handler echoes, and the options to reach it.</summary>
internal sealed class ChannelRig : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TaskCompletionSource<(ServerChannel Channel, UaException Reason)> closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<UaException> refused = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ChannelRig(SecurityPolicy policy = SecurityPolicy.None, MessageSecurityMode mode = MessageSecurityMode.None, TimeProvider? time = null,
        TransportLimits? limits = null, RequestHandler? handler = null, Func<ServerListenerOptions, ServerListenerOptions>? change = null)
    {
        Policy = policy;
        Mode = mode;
        Time = time ?? TimeProvider.System;
        Limits = limits ?? new TransportLimits();
        var options = new ServerListenerOptions
        {
            Address = new IPEndPoint(IPAddress.Loopback, 0),
            Offered = [(policy, mode)],
            OwnCertificate = Pki.Server,
            Validator = Pki.ServerValidator,
            OnRequest = handler ?? EchoAsync,
            OnClosed = (channel, reason) => closed.TrySetResult((channel, reason)),
            OnRefused = (_, reason) => refused.TrySetResult(reason),
            Limits = Limits,
            TimeProvider = Time,
        };
        Listener = new ServerListener(change is null ? options : change(options));
        Listener.Start();
    }

    public TestPki Pki { get; } = new();
    public SecurityPolicy Policy { get; }
    public MessageSecurityMode Mode { get; }
    public TimeProvider Time { get; }
    public TransportLimits Limits { get; }
    public ServerListener Listener { get; }
    public string Url => $"opc.tcp://localhost:{Listener.LocalEndPoint.Port}/";

    /// <summary>First channel that ended on the server, and why.</summary>
    public Task<(ServerChannel Channel, UaException Reason)> Closed => closed.Task.WaitAsync(Patience);

    /// <summary>First peer that was turned away before it had a channel.</summary>
    public Task<UaException> Refused => refused.Task.WaitAsync(Patience);

    public ClientChannelOptions ClientOptions => new()
    {
        EndpointUrl = Url,
        SecurityPolicy = Policy,
        SecurityMode = Mode,
        OwnCertificate = Pki.Client,
        ServerCertificate = Pki.Server.Chain,
        ServerApplicationUri = "urn:test:server",
        Validator = Pki.ClientValidator,
        Limits = Limits,
        TimeProvider = Time,
    };

    public Task<ClientChannel> ConnectAsync(Func<ClientChannelOptions, ClientChannelOptions>? change = null) =>
        ClientChannel.OpenAsync(change is null ? ClientOptions : change(ClientOptions), TestContext.Current.CancellationToken);

    /// <summary>The peer hears this error and is closed, the owner is told why, and nothing of the connection is left.</summary>
    /// <param name="told">What the owner hears; null when it is what the peer hears.</param>
    public async Task<ErrorFrame> ExpectClosedAsync(RawPeer peer, StatusCode heard, StatusCode? told = null)
    {
        var error = await peer.ExpectErrorAsync(heard);
        var first = await Task.WhenAny(refused.Task, closed.Task).WaitAsync(Patience);
        var reason = first == refused.Task ? await refused.Task : (await closed.Task).Reason;
        Assert.Equal(told ?? heard, reason.Status);
        Assert.Equal(0, await ConnectionsAsync(0));
        return error;
    }

    /// <summary>Moves the time on in steps until the task ends, letting the loops work in between.</summary>
    public static async Task AdvanceUntilAsync(FakeTimeProvider time, TimeSpan step, Task until, int limit = 2000)
    {
        for (var i = 0; !until.IsCompleted && i < limit; i++)
        {
            await SettleAsync();
            if (!until.IsCompleted)
                time.Advance(step);
        }
        await until.WaitAsync(Patience);
    }

    /// <summary>Lets loops that have something to do come to rest: a round trip through the kernel and the thread pool.</summary>
    public static async Task SettleAsync()
    {
        for (var i = 0; i < 20; i++)
            await Task.Yield();
        await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, TestContext.Current.CancellationToken);
    }

    /// <summary>The number of connections, once it is down to this.</summary>
    public async Task<int> ConnectionsAsync(int atMost)
    {
        for (var i = 0; i < 1000 && Listener.ConnectionCount > atMost; i++)
            await SettleAsync();
        return Listener.ConnectionCount;
    }

    public static async ValueTask EchoAsync(ServerChannel channel, uint requestId, PooledMessage request)
    {
        using (request)
            await channel.SendAsync(requestId, request.Memory);
    }

    public async ValueTask DisposeAsync()
    {
        await Listener.DisposeAsync();
        Pki.Dispose();
    }
}
