using System.Security.Cryptography;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.Security;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Client;

/// <summary>What a client must check of a server before it trusts a session (Part 4, CreateSession and ActivateSession).</summary>
[Collection(nameof(Alone))]
public sealed class SessionChecksTests
{
    [Fact]
    public async Task Decent_server_is_accepted()
    {
        await using var server = new ScriptedServer(SecurityPolicy.Basic256Sha256);
        await using var client = await server.ConnectAsync();
        Assert.Equal(UaClientState.Connected, client.State);
        Assert.Equal("urn:test:server", client.Server.NamespaceArray[1]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(129)]
    [Hostile(36)]
    [Trait("Clause", "Part 4 CreateSession nonce")]
    public Task Nonce_of_a_wrong_length_is_refused(int length) =>
        RefusedAsync(server => server.Nonce = () => RandomNumberGenerator.GetBytes(length), StatusCodes.BadNonceInvalid);

    [Fact]
    [Hostile(36)]
    [Trait("Clause", "Part 4 CreateSession nonce")]
    public Task Nonce_of_zeros_is_refused() => RefusedAsync(server => server.Nonce = () => new byte[32], StatusCodes.BadNonceInvalid);

    [Fact]
    [Hostile(36)]
    [Trait("Clause", "Part 4 CreateSession nonce")]
    public Task Nonce_that_was_used_before_is_refused()
    {
        var same = RandomNumberGenerator.GetBytes(32);
        return RefusedAsync(server => server.Nonce = () => [.. same], StatusCodes.BadNonceInvalid);
    }

    [Fact]
    [Trait("Clause", "Part 4 CreateSession certificate")]
    public async Task Certificate_other_than_the_channels_is_refused()
    {
        using var other = new TestPki();
        await RefusedAsync(server => server.Session = response => response with { ServerCertificate = other.Large.Chain }, StatusCodes.BadCertificateInvalid);
    }

    [Fact]
    [Trait("Clause", "Part 4 CreateSession signature")]
    public Task Signature_over_anything_else_is_refused() =>
        RefusedAsync(server => server.Session = response => response with
        {
            ServerSignature = new SignatureData { Algorithm = response.ServerSignature.Algorithm, Signature = RandomNumberGenerator.GetBytes(256) },
        }, StatusCodes.BadApplicationSignatureInvalid);

    [Fact]
    [Trait("Clause", "Part 4 CreateSession signature")]
    public Task Missing_signature_is_refused() =>
        RefusedAsync(server => server.Session = response => response with { ServerSignature = new SignatureData() }, StatusCodes.BadApplicationSignatureInvalid);

    [Fact]
    [Trait("Clause", "Part 4 CreateSession endpoints")]
    public Task Endpoints_other_than_the_discovered_are_refused() =>
        RefusedAsync(server => server.Session = response => response with
        {
            ServerEndpoints = [.. response.ServerEndpoints, response.ServerEndpoints[0] with { SecurityPolicyUri = PolicyProfile.Of(SecurityPolicy.Aes256_Sha256_RsaPss).Uri }],
        }, StatusCodes.BadSecurityChecksFailed);

    [Fact]
    [Trait("Clause", "Part 4 CreateSession URI")]
    public Task Application_uri_other_than_the_certificates_is_refused() =>
        RefusedAsync(server => server.Endpoints = [server.Endpoints[0] with { Server = new ApplicationDescription { ApplicationUri = "urn:somebody:else" } }], StatusCodes.BadCertificateUriInvalid);

    [Fact]
    public Task Session_without_a_token_is_refused() =>
        RefusedAsync(server => server.Session = response => response with { AuthenticationToken = NodeId.Null }, StatusCodes.BadUnexpectedError);

    [Fact]
    public async Task Untrusted_certificate_is_refused_and_kept_for_a_person_to_trust()
    {
        await using var server = new ScriptedServer(SecurityPolicy.Basic256Sha256);
        using var directory = new TestDirectory();
        var store = new CertificateStore(directory.Path, TimeProvider.System);
        var refused = await Assert.ThrowsAsync<UaException>(() => server.ConnectAsync(options => options with { CertificateStore = store }));
        Assert.Equal(StatusCodes.BadCertificateUntrusted, refused.Status.Value);
        Assert.Equal(server.Pki.Server.Certificate.ThumbprintText, Assert.Single(store.Rejected).ThumbprintText);
    }

    [Fact]
    [Trait("Clause", "Part 4 GetEndpoints choice")]
    public async Task Weaker_endpoint_is_never_taken_instead()
    {
        await using var server = new ScriptedServer();
        var refused = await Assert.ThrowsAsync<UaException>(() => server.ConnectAsync(options => options with
        {
            SecurityPolicy = SecurityPolicy.Basic256Sha256,
            MessageSecurityMode = MessageSecurityMode.SignAndEncrypt,
        }));
        Assert.Equal(StatusCodes.BadSecurityModeRejected, refused.Status.Value);
        Assert.Contains("None:None", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refused_connection_leaves_a_client_that_may_try_again()
    {
        await using var server = new ScriptedServer(SecurityPolicy.Basic256Sha256);
        server.Nonce = () => new byte[32];
        await using var client = new UaClient(server.ClientOptions);
        await Assert.ThrowsAsync<UaException>(() => client.ConnectAsync(TestContext.Current.CancellationToken));
        Assert.Equal(UaClientState.Disconnected, client.State);
        server.Nonce = () => RandomNumberGenerator.GetBytes(32);
        await client.ConnectAsync(TestContext.Current.CancellationToken);
        Assert.Equal(UaClientState.Connected, client.State);
    }

    private static async Task RefusedAsync(Action<ScriptedServer> spoil, uint expected)
    {
        await using var server = new ScriptedServer(SecurityPolicy.Basic256Sha256);
        spoil(server);
        var refused = await Assert.ThrowsAsync<UaException>(() => server.ConnectAsync());
        Assert.Equal(new StatusCode(expected), refused.Status);
    }
}
