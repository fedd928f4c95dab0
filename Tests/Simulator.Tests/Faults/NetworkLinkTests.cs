using System.Net;
using System.Net.Sockets;
using PatchEdge.Simulator.Faults;

namespace PatchEdge.Simulator.Tests.Faults;

public sealed class NetworkLinkTests : IAsyncDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TcpListener server = new(IPAddress.Loopback, 0);
    private readonly NetworkLink link;

    public NetworkLinkTests()
    {
        server.Start();
        link = new NetworkLink(0, ((IPEndPoint)server.LocalEndpoint).Port);
    }

    public async ValueTask DisposeAsync()
    {
        await link.DisposeAsync();
        server.Dispose();
    }

    [Fact]
    public async Task Bytes_pass_both_ways()
    {
        var (near, far) = await ConnectAsync();
        using (near)
        using (far)
        {
            Assert.Equal(7, await PassAsync(near, far, 7));
            Assert.Equal(9, await PassAsync(far, near, 9));
        }
    }

    [Fact]
    public async Task Cut_resets_what_is_open_and_what_comes_until_it_is_mended()
    {
        var (near, far) = await ConnectAsync();
        using (near)
        using (far)
        {
            link.Cut();
            Assert.True(await EndsAsync(near));
            Assert.True(await EndsAsync(far));
            Assert.True(await IsRefusedAsync());
        }

        link.Mend();
        var (again, farAgain) = await ConnectAsync();
        using (again)
        using (farAgain)
            Assert.Equal(5, await PassAsync(again, farAgain, 5));
    }

    [Fact]
    public async Task Silence_holds_everything_back_and_tells_nobody_and_then_everything_passes()
    {
        var (near, far) = await ConnectAsync();
        using (near)
        using (far)
        {
            link.Silence();
            await far.GetStream().WriteAsync(new byte[] { 3 }, TestContext.Current.CancellationToken);
            var arrives = ReadAsync(near);
            await Assert.ThrowsAsync<TimeoutException>(() => arrives.WaitAsync(Soon, TimeProvider.System, TestContext.Current.CancellationToken));
            link.Mend();
            Assert.Equal(3, await arrives.WaitAsync(Patience, TimeProvider.System, TestContext.Current.CancellationToken));
        }
    }

    private async Task<(TcpClient Near, TcpClient Far)> ConnectAsync()
    {
        var near = new TcpClient();
        await near.ConnectAsync(IPAddress.Loopback, link.Port, TestContext.Current.CancellationToken);
        return (near, await server.AcceptTcpClientAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience, TimeProvider.System));
    }

    private static async Task<int> PassAsync(TcpClient from, TcpClient to, byte content)
    {
        await from.GetStream().WriteAsync(new[] { content }, TestContext.Current.CancellationToken);
        return await ReadAsync(to).WaitAsync(Patience, TimeProvider.System);
    }

    /// <returns>A byte; −1 at the end.</returns>
    private static async Task<int> ReadAsync(TcpClient from)
    {
        var buffer = new byte[1];
        return await from.GetStream().ReadAsync(buffer, TestContext.Current.CancellationToken) == 0 ? -1 : buffer[0];
    }

    private async Task<bool> IsRefusedAsync()
    {
        using var refused = new TcpClient();
        try
        {
            await refused.ConnectAsync(IPAddress.Loopback, link.Port, TestContext.Current.CancellationToken);
            return await EndsAsync(refused);
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private static async Task<bool> EndsAsync(TcpClient client)
    {
        try
        {
            return await ReadAsync(client).WaitAsync(Patience, TimeProvider.System) == -1;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
