using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>
/// Picks the endpoint and the user token policy that the options pin. Endpoints with policies that this stack does not know are
/// skipped; nothing weaker than what was asked for is ever taken instead.
/// </summary>
internal static class EndpointChoice
{
    public const string BinaryTransport = "http://opcfoundation.org/UA-Profile/Transport/uatcp-uasc-uabinary";

    /// <exception cref="UaException">BadSecurityModeRejected or BadIdentityTokenRejected, with what the server offers.</exception>
    public static EndpointDescription Choose(IReadOnlyList<EndpointDescription> endpoints, UaClientOptions options)
    {
        var speakable = endpoints.Where(IsBinary).ToList();
        var matching = speakable
            .Where(endpoint => endpoint.SecurityMode == options.MessageSecurityMode && Profile(endpoint)?.Policy == options.SecurityPolicy)
            .OrderByDescending(endpoint => endpoint.SecurityLevel)
            .ToList();
        if (matching.Count == 0)
        {
            throw new UaException(StatusCodes.BadSecurityModeRejected,
                $"The server has no endpoint with {options.SecurityPolicy}:{options.MessageSecurityMode}", options.EndpointUrl,
                $"Choose one of those that it offers: {Offers(speakable)}");
        }
        return matching.Find(endpoint => FindToken(endpoint, options) is not null)
            ?? throw new UaException(StatusCodes.BadIdentityTokenRejected,
                $"The endpoint {options.SecurityPolicy}:{options.MessageSecurityMode} does not accept {options.UserIdentity}", options.EndpointUrl,
                $"Choose one of the identities that it accepts: {string.Join(", ", matching.SelectMany(endpoint => endpoint.UserIdentityTokens).Select(token => token.TokenType).Distinct())}");
    }

    /// <summary>
    /// The token policy for the identity: of those that this stack speaks the one that protects a secret best. Null when none is left.
    /// </summary>
    public static UserTokenPolicy? FindToken(EndpointDescription endpoint, UaClientOptions options)
    {
        var kind = options.UserIdentity switch
        {
            UserIdentity.UserNameIdentity => UserTokenType.UserName,
            UserIdentity.X509Identity => UserTokenType.Certificate,
            _ => UserTokenType.Anonymous,
        };
        return endpoint.UserIdentityTokens
            .Where(token => token.TokenType == kind && IsUsable(TokenProfile(endpoint, token), kind, endpoint, options))
            .MaxBy(token => TokenProfile(endpoint, token)!.Policy);
    }

    /// <summary>The policy that protects the token: its own, else the endpoint's. Null when unknown here.</summary>
    public static PolicyProfile? TokenProfile(EndpointDescription endpoint, UserTokenPolicy token) =>
        PolicyProfile.TryFind(string.IsNullOrEmpty(token.SecurityPolicyUri) ? endpoint.SecurityPolicyUri : token.SecurityPolicyUri, out var profile) ? profile : null;

    /// <summary>
    /// The endpoint lists of discovery and of CreateSession must say the same (Part 4, CreateSession), or somebody between us and
    /// the server removed what is strong. Addresses may differ: they depend on who asks. A server that has several addresses may
    /// tell discovery of all and the session of the chosen one's alone.
    /// </summary>
    public static bool SameOffers(IReadOnlyList<EndpointDescription> discovered, IReadOnlyList<EndpointDescription> confirmed, EndpointDescription chosen) =>
        SameFacts(discovered, confirmed) || SameFacts(discovered.Where(endpoint => endpoint.EndpointUrl == chosen.EndpointUrl), confirmed);

    private static bool SameFacts(IEnumerable<EndpointDescription> discovered, IEnumerable<EndpointDescription> confirmed) =>
        discovered.Where(IsBinary).Select(Facts).Order(StringComparer.Ordinal).Distinct()
            .SequenceEqual(confirmed.Where(IsBinary).Select(Facts).Order(StringComparer.Ordinal).Distinct());

    private static bool IsUsable(PolicyProfile? profile, UserTokenType kind, EndpointDescription endpoint, UaClientOptions options)
    {
        if (kind == UserTokenType.Anonymous)
            return true;
        if (profile is null)
            return false;
        if (!profile.IsNone)
            return endpoint.ServerCertificate is { Length: > 0 };
        // A password that its own policy leaves bare is still covered when the channel encrypts.
        return kind == UserTokenType.UserName && (options.MessageSecurityMode == MessageSecurityMode.SignAndEncrypt || options.AllowPasswordWithoutEncryption);
    }

    private static PolicyProfile? Profile(EndpointDescription endpoint) =>
        PolicyProfile.TryFind(endpoint.SecurityPolicyUri, out var profile) ? profile : null;

    private static bool IsBinary(EndpointDescription endpoint) =>
        endpoint.TransportProfileUri == BinaryTransport
        || (string.IsNullOrEmpty(endpoint.TransportProfileUri) && endpoint.EndpointUrl?.StartsWith("opc.tcp:", StringComparison.OrdinalIgnoreCase) == true);

    private static string Offers(List<EndpointDescription> endpoints) =>
        endpoints.Count == 0
            ? "none over opc.tcp"
            : string.Join(", ", endpoints.Select(endpoint => $"{Profile(endpoint)?.Policy.ToString() ?? endpoint.SecurityPolicyUri}:{endpoint.SecurityMode}").Distinct());

    private static string Facts(EndpointDescription endpoint) =>
        $"{endpoint.SecurityPolicyUri}|{endpoint.SecurityMode}|{endpoint.SecurityLevel}|"
        + string.Join('|', endpoint.UserIdentityTokens.Select(token => $"{token.PolicyId},{token.TokenType},{token.SecurityPolicyUri}").Order(StringComparer.Ordinal));
}
