using Microsoft.Extensions.Time.Testing;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Server;
using PatchEdge.OpcUa.Server.Sessions;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Server;

/// <summary>Sessions, their users and their caps (Part 4 §5.6).</summary>
[Collection(nameof(Alone))]
public sealed class SessionTests
{
    private static readonly ReadRequest AnyRead = new() { NodesToRead = [new ReadValueId { NodeId = VariableIds.Server_ServerStatus_State }] };

    [Fact]
    public async Task Discovery_needs_no_session_and_names_the_host_that_was_used()
    {
        await using var rig = await ServerRig.StartAsync(change: options => options with { ValidateUser = (_, _) => true });
        ServiceClient client = await rig.ConnectAsync();
        var endpoints = await client.SendAsync<GetEndpointsResponse>(new GetEndpointsRequest { EndpointUrl = "opc.tcp://line7.plant:4840/x" });
        EndpointDescription endpoint = Assert.Single(endpoints.Endpoints);
        Assert.Equal($"opc.tcp://line7.plant:{new Uri(rig.Server.BoundEndpointUrl).Port}", endpoint.EndpointUrl);
        Assert.Equal("http://opcfoundation.org/UA/SecurityPolicy#None", endpoint.SecurityPolicyUri);
        Assert.Equal([UserTokenType.Anonymous, UserTokenType.UserName], endpoint.UserIdentityTokens.Select(token => token.TokenType));
        var servers = await client.SendAsync<FindServersResponse>(new FindServersRequest());
        Assert.Equal("urn:test:server", Assert.Single(servers.Servers).ApplicationUri);
        Assert.Empty((await client.SendAsync<FindServersResponse>(new FindServersRequest { ServerUris = ["urn:other"] })).Servers);
    }

    [Fact]
    [Trait("Clause", "Part 4 GetEndpoints without security")]
    public async Task Server_without_an_unsecured_endpoint_answers_discovery_alone_without_security()
    {
        await using var rig = await ServerRig.StartAsync(secured: true, change: options => options with { Endpoints = [new(SecurityPolicy.Basic256Sha256, MessageSecurityMode.SignAndEncrypt)] });
        ServiceClient client = await rig.ConnectAsync();
        Assert.Single((await client.SendAsync<GetEndpointsResponse>(new GetEndpointsRequest())).Endpoints);
        Assert.Equal(StatusCodes.BadSecurityPolicyRejected, await client.FaultAsync(client.CreateSession()));
    }

    [Fact]
    public async Task Services_need_an_activated_session_of_their_own_channel()
    {
        await using var rig = await ServerRig.StartAsync();
        ServiceClient client = await rig.ConnectAsync();
        Assert.Equal(StatusCodes.BadSessionIdInvalid, await client.FaultAsync(AnyRead));
        await client.CreateAsync();
        Assert.Equal(StatusCodes.BadSessionNotActivated, await client.FaultAsync(AnyRead));
        Assert.Equal(StatusCodes.BadSessionIdInvalid, await client.FaultAsync(client.ActivateSession()));
        await client.OpenSessionAsync();
        Assert.True((await client.ReadAsync(VariableIds.Server_ServerStatus_State)).Status.IsGood);

        ServiceClient thief = await rig.ConnectAsync();
        thief.Token = client.Token;
        Assert.Equal(StatusCodes.BadSecureChannelIdInvalid, await thief.FaultAsync(AnyRead));
        await client.SendAsync<CloseSessionResponse>(new CloseSessionRequest { DeleteSubscriptions = true });
        Assert.Equal(StatusCodes.BadSessionIdInvalid, await client.FaultAsync(AnyRead));
        Assert.Equal(0, rig.Server.SessionCount);
    }

    [Fact]
    [Trait("Clause", "Part 4 ActivateSession move")]
    public async Task Session_moves_to_a_new_channel_of_the_same_certificate()
    {
        await using var rig = await ServerRig.StartAsync(secured: true);
        ServiceClient first = await rig.SignInAsync(secured: true);
        ServiceClient second = await rig.ConnectAsync(secured: true);
        second.Token = first.Token;
        second.ServerNonce = first.ServerNonce;
        await second.ActivateAsync();
        Assert.True((await second.ReadAsync(VariableIds.Server_ServerStatus_State)).Status.IsGood);
        Assert.Equal(StatusCodes.BadSecureChannelIdInvalid, await first.FaultAsync(AnyRead));
        Assert.NotEqual(first.ServerNonce, second.ServerNonce);
    }

    [Fact]
    [Hostile(37)]
    [Trait("Clause", "Part 4 ActivateSession move")]
    public async Task Session_refuses_to_be_activated_with_another_certificate()
    {
        await using var rig = await ServerRig.StartAsync(secured: true);
        ServiceClient owner = await rig.SignInAsync(secured: true);
        ServiceClient other = await rig.ConnectAsync(secured: true, options => options with { OwnCertificate = rig.Pki.Large });
        other.Token = owner.Token;
        other.ServerNonce = owner.ServerNonce;
        Assert.Equal(StatusCodes.BadSecurityChecksFailed, await other.FaultAsync(other.ActivateSession()));
        ServiceClient open = await rig.ConnectAsync();
        open.Token = owner.Token;
        Assert.Equal(StatusCodes.BadSecurityChecksFailed, await open.FaultAsync(open.ActivateSession()));
        Assert.Equal(2, rig.Events.Count(happened => happened.Kind == UaServerEventKind.SessionRefused));
        Assert.True((await owner.ReadAsync(VariableIds.Server_ServerStatus_State)).Status.IsGood);
    }

    [Fact]
    [Trait("Clause", "Part 4 ActivateSession signature")]
    public async Task ActivateSession_with_an_old_nonce_or_no_signature_is_refused()
    {
        await using var rig = await ServerRig.StartAsync(secured: true);
        ServiceClient client = await rig.ConnectAsync(secured: true);
        await client.CreateAsync();
        ActivateSessionRequest stale = client.ActivateSession();
        await client.ActivateAsync();
        Assert.Equal(StatusCodes.BadApplicationSignatureInvalid, await client.FaultAsync(stale));
        Assert.Equal(StatusCodes.BadApplicationSignatureInvalid, await client.FaultAsync(client.ActivateSession() with { ClientSignature = new SignatureData() }));
    }

    [Fact]
    [Hostile(36)]
    public async Task CreateSession_refuses_a_nonce_that_is_short_zero_or_repeated()
    {
        await using var rig = await ServerRig.StartAsync(secured: true);
        ServiceClient client = await rig.ConnectAsync(secured: true);
        Assert.Equal(StatusCodes.BadNonceInvalid, await client.FaultAsync(client.CreateSession(nonce: [1, 2, 3])));
        Assert.Equal(StatusCodes.BadNonceInvalid, await client.FaultAsync(client.CreateSession(nonce: new byte[32])));
        CreateSessionRequest good = client.CreateSession();
        await client.SendAsync<CreateSessionResponse>(good);
        Assert.Equal(StatusCodes.BadNonceInvalid, await client.FaultAsync(good));
        var refused = rig.Events.Where(happened => happened.Kind == UaServerEventKind.SessionRefused).ToArray();
        Assert.Equal(Enumerable.Repeat(new StatusCode(StatusCodes.BadNonceInvalid), 3), refused.Select(happened => happened.Status));
    }

    [Fact]
    [Hostile(26)]
    public void Nonce_memory_never_grows_beyond_its_capacity()
    {
        var memory = new NonceMemory(16);
        for (int i = 0; i < 10_000; i++)
        {
            byte[] nonce = new byte[32];
            BitConverter.TryWriteBytes(nonce, i + 1);
            Assert.True(memory.TryAdd(nonce));
            Assert.False(memory.TryAdd(nonce));
            Assert.InRange(memory.Count, 1, 16);
        }
    }

    [Fact]
    [Trait("Clause", "Part 4 CreateSession nonce")]
    public async Task Server_nonces_are_never_short_zero_or_repeated()
    {
        await using var rig = await ServerRig.StartAsync();
        ServiceClient client = await rig.ConnectAsync();
        await client.CreateAsync();
        var seen = new HashSet<string> { Convert.ToHexString(client.ServerNonce!) };
        for (int i = 0; i < 20; i++)
        {
            await client.ActivateAsync();
            Assert.Equal(32, client.ServerNonce!.Length);
            Assert.True(seen.Add(Convert.ToHexString(client.ServerNonce)));
        }
    }

    [Fact]
    public async Task Session_of_a_silent_client_ends_after_its_revised_timeout()
    {
        var time = new FakeTimeProvider();
        await using var rig = await ServerRig.StartAsync(time: time);
        ServiceClient client = await rig.SignInAsync(timeout: 2000);
        Assert.Equal(2000, client.Session!.RevisedSessionTimeout);
        await rig.AdvanceUntilAsync(ServerRig.EventuallyAsync(() => rig.Server.SessionCount == 0, "the session is gone"), 250);
        Assert.Contains(rig.Events, happened => happened.Kind == UaServerEventKind.SessionTimedOut);
    }

    [Fact]
    public async Task Sessions_are_capped_and_one_that_nobody_activated_yields()
    {
        await using var rig = await ServerRig.StartAsync(change: options => options with { Limits = new ServerLimits { MaxSessionsPerAddress = 2 } });
        await rig.SignInAsync();
        ServiceClient idle = await rig.ConnectAsync();
        await idle.CreateAsync();
        await rig.SignInAsync();
        Assert.Equal(StatusCodes.BadSessionIdInvalid, await idle.FaultAsync(idle.ActivateSession()));
        ServiceClient late = await rig.ConnectAsync();
        Assert.Equal(StatusCodes.BadTooManySessions, await late.FaultAsync(late.CreateSession()));
        Assert.Equal(2, rig.Server.SessionCount);
    }

    [Fact]
    public async Task User_name_is_judged_by_the_servers_owner_and_guessing_ends_the_session()
    {
        await using var rig = await ServerRig.StartAsync(secured: true, change: options => options with { AllowAnonymous = false, ValidateUser = (user, password) => user == "op" && password == "grün" });
        ServiceClient client = await rig.ConnectAsync(secured: true);
        await client.CreateAsync();
        Assert.Equal(StatusCodes.BadIdentityTokenRejected, await client.FaultAsync(client.ActivateSession()));
        Assert.Equal(StatusCodes.BadUserAccessDenied, await client.FaultAsync(client.ActivateSession(UserName(client, "op", "wrong"))));
        await client.ActivateAsync(UserName(client, "op", "grün"));
        for (int i = 0; i < new ServerLimits().MaxFailedActivations; i++)
            Assert.Equal(StatusCodes.BadUserAccessDenied, await client.FaultAsync(client.ActivateSession(UserName(client, "op", "wrong"))));
        Assert.Equal(StatusCodes.BadSessionIdInvalid, await client.FaultAsync(AnyRead));
    }

    [Fact]
    [Trait("Clause", "Part 4 §7.40.2.2 password")]
    public async Task Password_on_an_unsecured_channel_is_encrypted_by_the_tokens_own_policy()
    {
        await using var rig = await ServerRig.StartAsync(secured: true, change: options => options with { ValidateUser = (user, password) => user == "op" && password == "secret" });
        ServiceClient client = await rig.ConnectAsync();
        var endpoints = await client.SendAsync<GetEndpointsResponse>(new GetEndpointsRequest());
        EndpointDescription open = endpoints.Endpoints.Single(endpoint => endpoint.SecurityMode == MessageSecurityMode.None);
        Assert.Equal(PolicyProfile.Of(SecurityPolicy.Basic256Sha256).Uri, open.UserIdentityTokens.Single(token => token.TokenType == UserTokenType.UserName).SecurityPolicyUri);
        await client.CreateAsync();
        var plain = new UserNameIdentityToken { PolicyId = "username_Basic256Sha256", UserName = "op", Password = "secret"u8.ToArray() };
        Assert.Equal(StatusCodes.BadIdentityTokenInvalid, await client.FaultAsync(client.ActivateSession(new ExtensionObject(plain))));
        await client.ActivateAsync(UserName(client, "op", "secret", UaCertificate.Read(open.ServerCertificate, "test")));
    }

    [Fact]
    [Trait("Clause", "Part 4 ActivateSession signature")]
    public async Task Certificate_of_a_user_counts_with_proof_of_its_key_only()
    {
        await using var rig = await ServerRig.StartAsync(secured: true, change: options => options with { ValidateUserCertificate = certificate => certificate.ApplicationUris.Contains("urn:test:large") });
        ServiceClient client = await rig.ConnectAsync(secured: true);
        await client.CreateAsync();
        var token = new ExtensionObject(new X509IdentityToken { PolicyId = "certificate_Basic256Sha256", CertificateData = rig.Pki.Large.Der });
        Assert.Equal(StatusCodes.BadUserSignatureInvalid, await client.FaultAsync(client.ActivateSession(token)));
        PolicyProfile policy = PolicyProfile.Of(SecurityPolicy.Basic256Sha256);
        SignatureData proof = new()
        {
            Algorithm = policy.SignatureUri,
            Signature = SessionSignature.Create(policy, rig.Pki.Large, client.Channel.Options.ServerCertificate.Span, client.ServerNonce),
        };
        await client.SendAsync<ActivateSessionResponse>(client.ActivateSession(token, proof));
        Assert.Contains(rig.Events, happened => happened.Kind == UaServerEventKind.SessionActivated && happened.Detail.Contains(rig.Pki.Large.Certificate.ThumbprintText, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Redundant_servers_are_named_with_their_kind()
    {
        await using var rig = await ServerRig.StartAsync(change: options => options with { Redundancy = RedundancySupport.Warm, RedundantServerUris = ["urn:test:server", "urn:test:other"] });
        ServiceClient client = await rig.SignInAsync();
        Assert.Equal((int)RedundancySupport.Warm, (await client.ReadAsync(VariableIds.Server_ServerRedundancy_RedundancySupport)).Value.Get<int>());
        Assert.Equal("[urn:test:server, urn:test:other]", (await client.ReadAsync(11314u)).Value.ToString());
        await using var single = await ServerRig.StartAsync();
        Assert.Equal(StatusCodes.BadNodeIdUnknown, (await (await single.SignInAsync()).ReadAsync(11314u)).Status);
    }

    [Fact]
    public async Task Stopped_server_starts_again_on_its_port_without_sessions()
    {
        await using var rig = await ServerRig.StartAsync();
        rig.Double("Kept", 7);
        ServiceClient before = await rig.SignInAsync();
        string url = rig.Server.BoundEndpointUrl;
        await rig.Server.StopAsync(TestContext.Current.CancellationToken);
        await before.Channel.Closed.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        await rig.Server.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(url, rig.Server.BoundEndpointUrl);
        ServiceClient after = await rig.ConnectAsync();
        after.Token = before.Token;
        Assert.Equal(StatusCodes.BadSessionIdInvalid, await after.FaultAsync(AnyRead));
        await after.OpenSessionAsync();
        Assert.Equal(7.0, (await after.ReadAsync(rig.Id("Kept"))).Value.Get<double>());
    }

    private static ExtensionObject UserName(ServiceClient client, string name, string password, UaCertificate? server = null)
    {
        PolicyProfile policy = PolicyProfile.Of(SecurityPolicy.Basic256Sha256);
        server ??= UaCertificate.Read(client.Channel.Options.ServerCertificate.Span, "test");
        return new ExtensionObject(new UserNameIdentityToken
        {
            PolicyId = "username_Basic256Sha256",
            UserName = name,
            Password = PasswordSecret.Encrypt(policy, server, password, client.ServerNonce),
            EncryptionAlgorithm = policy.EncryptionUri,
        });
    }
}
