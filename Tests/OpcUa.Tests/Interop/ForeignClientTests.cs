using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Interop;

/// <summary>The other make's client at our server.</summary>
public sealed class ForeignClientTests(ForeignClient client) : IClassFixture<ForeignClient>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private string Setpoint => client.Setpoint.NodeId.ToString();

    [Theory]
    [MemberData(nameof(Combination.All), MemberType = typeof(Combination))]
    [Trait("Req", "Interop")]
    public async Task Server_is_read_written_called_and_subscribed_to(SecurityPolicy policy, MessageSecurityMode mode, UserTokenType user)
    {
        var peer = await client.PeerAsync();
        await peer.AskAsync("connect", new { policy = policy.ToString(), mode = mode.ToString(), user = Identity(user) });

        var value = (int)policy * 100 + (int)mode * 10 + (int)user + 0.5;
        Assert.Equal("Good", (string?)(await peer.AskAsync("write", new { node = Setpoint, type = "Double", value }))["status"]);
        Assert.Equal(value, (double)(await peer.AskAsync("read", new { nodes = new[] { Setpoint } }))["results"]![0]!["value"]!);
        Assert.Equal(value, client.Setpoint.Value.Value.Get<double>());
        var called = await peer.AskAsync("call", new { @object = client.Plant.NodeId.ToString(), method = new NodeId("Double", client.Plant.NodeId.NamespaceIndex).ToString(), arguments = new[] { new { type = "Int64", value = 21 } } });
        Assert.Equal(42, (long)called["outputs"]![0]!);

        var subscribed = await peer.AskAsync("subscribe", new { nodes = new[] { Setpoint }, interval = 50 });
        Assert.Equal("Good", (string?)subscribed["items"]![0]!["status"] ?? "Good");
        await peer.EventAsync("value", Patience, $"\"value\":{value.ToString(System.Globalization.CultureInfo.InvariantCulture)},");
        client.Setpoint.SetValue(value + 0.25);
        await peer.EventAsync("value", Patience, $"\"value\":{(value + 0.25).ToString(System.Globalization.CultureInfo.InvariantCulture)},");
        await peer.AskAsync("unsubscribe");
    }

    [Fact]
    public async Task Whole_address_space_is_sound()
    {
        var peer = await client.PeerAsync();
        await peer.AskAsync("connect", new { policy = "None" });
        var walked = await peer.AskAsync("walk", new { from = "i=84" }, TimeSpan.FromMinutes(5));
        Assert.True((bool)walked["complete"]!);
        Assert.True((int)walked["nodes"]! > 100, walked["nodes"]!.ToString());
        Assert.Empty(walked["problems"]!.AsArray().Select(problem => problem!.ToJsonString()));
    }

    [Fact]
    public async Task History_is_read_back()
    {
        var peer = await client.PeerAsync();
        await peer.AskAsync("connect", new { policy = "None" });
        // The other make's times are whole milliseconds.
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        var start = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMillisecond) + TimeSpan.TicksPerMillisecond);
        for (var i = 0; i < 20; i++)
            client.Setpoint.SetValue(new DataValue(1000.0 + i, StatusCodes.Good, start.AddMilliseconds(i), start.AddMilliseconds(i)));
        var history = await peer.AskAsync("history", new { node = Setpoint, start, end = start.AddMilliseconds(21), bounds = false });
        Assert.Equal("Good", (string?)history["status"]);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => 1000.0 + i), history["values"]!.AsArray().Select(value => (double)value!["value"]!));
    }

    [Fact]
    public async Task Certificates_that_were_never_exchanged_are_refused_on_either_side()
    {
        using var folder = new TemporaryFolder();
        var peer = await client.PeerAsync();
        // It does not know us.
        var stranger = await Assert.ThrowsAsync<InvalidOperationException>(() => peer.AskAsync("connect", new { policy = "Basic256Sha256", pki = folder.File("empty") }));
        Assert.Matches("(?i)certificate|trust", stranger.Message);
        // It knows us, and we do not know it.
        var trusted = folder.Folder("known", "trusted", "certs");
        using (var own = client.Store.LoadOrCreateOwn(new ApplicationIdentity { ApplicationName = "", ApplicationUri = client.Server.Options.ApplicationUri }))
            await File.WriteAllBytesAsync(Path.Combine(trusted, "server.der"), own.Certificate.Der, TestContext.Current.CancellationToken);
        var before = client.Store.Rejected.Count;
        await Assert.ThrowsAsync<InvalidOperationException>(() => peer.AskAsync("connect", new { policy = "Aes256_Sha256_RsaPss", pki = folder.File("known") }));
        Assert.Equal(before + 1, client.Store.Rejected.Count);
    }

    [Fact]
    public async Task Users_that_the_server_does_not_know_are_refused()
    {
        var peer = await client.PeerAsync();
        using var folder = new TemporaryFolder();
        using var stranger = new EngineerUser("stranger");
        await File.WriteAllBytesAsync(folder.File("user.der"), stranger.Certificate.RawData, TestContext.Current.CancellationToken);
        folder.WriteSecret("user.pem", stranger.KeyPem);
        foreach (var user in new object[]
        {
            new { name = EngineerUser.Name, password = "wrong" },
            new { name = "nobody", password = EngineerUser.Password },
            new { certificate = folder.File("user.der"), key = folder.File("user.pem") },
        })
        {
            var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => peer.AskAsync("connect", new { policy = "Aes128_Sha256_RsaOaep", mode = "Sign", user }));
            Assert.Matches("BadUserAccessDenied|BadIdentityTokenRejected", refused.Message);
        }
    }

    private object? Identity(UserTokenType kind) => kind switch
    {
        UserTokenType.UserName => new { name = EngineerUser.Name, password = EngineerUser.Password },
        UserTokenType.Certificate => new { certificate = client.UserCertificateFile, key = client.UserKeyFile },
        _ => null,
    };
}
