using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Client;

public sealed class EndpointChoiceTests
{
    private static readonly UaClientOptions Bare = new() { EndpointUrl = "opc.tcp://localhost:4840", SecurityPolicy = SecurityPolicy.None, MessageSecurityMode = MessageSecurityMode.None };
    private static readonly UaClientOptions Sealed = new() { EndpointUrl = "opc.tcp://localhost:4840" };
    private static readonly UserIdentity Operator = UserIdentity.UserName("operator", "secret");

    private static readonly UserTokenPolicy Anonymous = new() { PolicyId = "a", TokenType = UserTokenType.Anonymous };

    [Fact]
    [Trait("Clause", "Part 4 GetEndpoints choice")]
    public void Unknown_policies_are_skipped()
    {
        var chosen = EndpointChoice.Choose(
        [
            Endpoint("http://opcfoundation.org/UA/SecurityPolicy#ECC_nistP256", MessageSecurityMode.SignAndEncrypt, Anonymous),
            Endpoint(Uri(SecurityPolicy.Basic256Sha256), MessageSecurityMode.Sign, Anonymous),
            Endpoint(Uri(SecurityPolicy.Basic256Sha256), MessageSecurityMode.SignAndEncrypt, Anonymous),
        ], Sealed);
        Assert.Equal((Uri(SecurityPolicy.Basic256Sha256), MessageSecurityMode.SignAndEncrypt), (chosen.SecurityPolicyUri, chosen.SecurityMode));
    }

    [Fact]
    public void Other_transports_are_skipped()
    {
        var web = Endpoint(Uri(SecurityPolicy.None), MessageSecurityMode.None, Anonymous) with { TransportProfileUri = "http://opcfoundation.org/UA-Profile/Transport/https-uabinary" };
        Assert.Throws<UaException>(() => EndpointChoice.Choose([web], Bare));
    }

    [Fact]
    [Trait("Clause", "Part 4 §7.41 user tokens")]
    public void Endpoint_that_takes_the_identity_goes_before_a_higher_level()
    {
        var strong = Endpoint(Uri(SecurityPolicy.Basic256Sha256), MessageSecurityMode.SignAndEncrypt, Anonymous) with { SecurityLevel = 200 };
        var fitting = Endpoint(Uri(SecurityPolicy.Basic256Sha256), MessageSecurityMode.SignAndEncrypt, User("u")) with { SecurityLevel = 100 };
        Assert.Same(fitting, EndpointChoice.Choose([strong, fitting], Sealed with { UserIdentity = Operator }));
    }

    [Fact]
    [Trait("Clause", "Part 4 §7.41 user tokens")]
    public void Identity_that_no_endpoint_takes_is_refused_with_those_that_they_take()
    {
        var refused = Assert.Throws<UaException>(() => EndpointChoice.Choose(
            [Endpoint(Uri(SecurityPolicy.Basic256Sha256), MessageSecurityMode.SignAndEncrypt, User("u"))], Sealed));
        Assert.Equal(StatusCodes.BadIdentityTokenRejected, refused.Status.Value);
        Assert.Contains("UserName", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Clause", "Part 4 §7.40.2.2 in clear")]
    public void Password_on_a_bare_channel_needs_encryption_of_its_own()
    {
        var options = Bare with { UserIdentity = Operator };
        var bare = Endpoint(Uri(SecurityPolicy.None), MessageSecurityMode.None, User("plain"), User("plain2", SecurityPolicy.None));
        Assert.Null(EndpointChoice.FindToken(bare, options));
        Assert.NotNull(EndpointChoice.FindToken(bare, options with { AllowPasswordWithoutEncryption = true }));

        var offered = Endpoint(Uri(SecurityPolicy.None), MessageSecurityMode.None, User("plain"), User("ecc") with { SecurityPolicyUri = "http://opcfoundation.org/UA/SecurityPolicy#ECC_nistP256" },
            User("b256", SecurityPolicy.Basic256Sha256), User("aes256", SecurityPolicy.Aes256_Sha256_RsaPss));
        Assert.Equal("aes256", EndpointChoice.FindToken(offered, options)?.PolicyId);
    }

    [Fact]
    public void Password_without_encryption_of_its_own_may_go_through_an_encrypting_channel_but_not_a_signing_one()
    {
        var policy = User("none", SecurityPolicy.None);
        var options = Sealed with { UserIdentity = Operator };
        Assert.NotNull(EndpointChoice.FindToken(Endpoint(Uri(SecurityPolicy.Basic256Sha256), MessageSecurityMode.SignAndEncrypt, policy), options));
        Assert.Null(EndpointChoice.FindToken(Endpoint(Uri(SecurityPolicy.Basic256Sha256), MessageSecurityMode.Sign, policy), options with { MessageSecurityMode = MessageSecurityMode.Sign }));
    }

    [Fact]
    [Trait("Clause", "Part 4 CreateSession endpoints")]
    public void Offers_are_compared_without_regard_to_order_and_address()
    {
        var one = Endpoint(Uri(SecurityPolicy.None), MessageSecurityMode.None, Anonymous);
        var two = Endpoint(Uri(SecurityPolicy.Basic256Sha256), MessageSecurityMode.Sign, Anonymous, User("u"));
        Assert.True(EndpointChoice.SameOffers([one, two], [two with { EndpointUrl = "opc.tcp://other:1" }, one], one));
        Assert.False(EndpointChoice.SameOffers([one, two], [one], one));
        Assert.False(EndpointChoice.SameOffers([one, two], [one, two with { UserIdentityTokens = [Anonymous] }], one));
    }

    [Fact]
    public void Session_may_be_told_of_the_chosen_address_alone_but_never_of_less_there()
    {
        var one = Endpoint(Uri(SecurityPolicy.None), MessageSecurityMode.None, Anonymous);
        var two = Endpoint(Uri(SecurityPolicy.Basic256Sha256), MessageSecurityMode.Sign, Anonymous, User("u"));
        var elsewhere = two with { EndpointUrl = "opc.tcp://other:4840", UserIdentityTokens = [User("v")] };
        Assert.True(EndpointChoice.SameOffers([one, two, elsewhere], [one, two], one));
        Assert.False(EndpointChoice.SameOffers([one, two, elsewhere], [one, two], elsewhere));
        Assert.False(EndpointChoice.SameOffers([one, elsewhere], [one, two], one));
        Assert.False(EndpointChoice.SameOffers([one, two, elsewhere], [], one));
    }

    private static string Uri(SecurityPolicy policy) => PolicyProfile.Of(policy).Uri;

    private static UserTokenPolicy User(string id, SecurityPolicy? policy = null) =>
        new() { PolicyId = id, TokenType = UserTokenType.UserName, SecurityPolicyUri = policy is { } own ? Uri(own) : null };

    private static EndpointDescription Endpoint(string policy, MessageSecurityMode mode, params UserTokenPolicy[] tokens) => new()
    {
        EndpointUrl = "opc.tcp://localhost:4840",
        ServerCertificate = [1],
        SecurityMode = mode,
        SecurityPolicyUri = policy,
        UserIdentityTokens = tokens,
        TransportProfileUri = EndpointChoice.BinaryTransport,
    };
}
