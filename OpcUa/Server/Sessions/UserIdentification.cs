using System.Text;
using PatchEdge.OpcUa.SecureChannel;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Server.Discovery;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Sessions;

/// <summary>Reads a user identity token and lets the server's owner judge it (Part 4 §7.41).</summary>
internal sealed class UserIdentification(UaServerOptions options, EndpointCatalogue catalogue, ApplicationCertificate? own)
{
    /// <summary>Who the user is.</summary>
    /// <exception cref="UaException">BadIdentityTokenInvalid, BadIdentityTokenRejected or BadUserAccessDenied.</exception>
    public SessionOwner Identify(ServerSession session, ServerChannel channel, ActivateSessionRequest request)
    {
        ReceivedToken token = Token(request.UserIdentityToken);
        UserTokenPolicy policy = Array.Find(
                catalogue.UserTokenPolicies(channel.SecurityPolicy),
                offered => offered.TokenType == token.Kind && (offered.PolicyId == token.PolicyId || (string.IsNullOrEmpty(token.PolicyId) && token.Kind == UserTokenType.Anonymous)))
            ?? throw Refused(StatusCodes.BadIdentityTokenRejected, $"A token of kind {token.Kind} under a policy that is not offered");
        return token.Body switch
        {
            UserNameIdentityToken user => WithPassword(session, user, policy),
            X509IdentityToken user => WithCertificate(session, user, policy, request.UserTokenSignature),
            _ => new SessionOwner(UserTokenType.Anonymous, null, session.ApplicationUri),
        };
    }

    private readonly record struct ReceivedToken(UserTokenType Kind, string? PolicyId, object? Body);

    private static ReceivedToken Token(ExtensionObject? token) => token switch
    {
        null => new(UserTokenType.Anonymous, null, null),
        { Body: AnonymousIdentityToken anonymous } => new(UserTokenType.Anonymous, anonymous.PolicyId, anonymous),
        { Body: UserNameIdentityToken user } => new(UserTokenType.UserName, user.PolicyId, user),
        { Body: X509IdentityToken user } => new(UserTokenType.Certificate, user.PolicyId, user),
        { TypeId.IsNull: true, Body: null, Binary: null, Xml: null } => new(UserTokenType.Anonymous, null, null),
        _ => throw Refused(StatusCodes.BadIdentityTokenInvalid, "An identity token of an unknown kind"),
    };

    private SessionOwner WithPassword(ServerSession session, UserNameIdentityToken token, UserTokenPolicy policy)
    {
        if (string.IsNullOrEmpty(token.UserName)) throw Refused(StatusCodes.BadIdentityTokenInvalid, "A user name token without a name");
        PolicyProfile profile = Profile(policy);
        string password = profile.IsNone || own is null
            ? Plain(token.Password)
            : PasswordSecret.Decrypt(profile, own, token.EncryptionAlgorithm, token.Password, session.Nonce);
        if (!options.ValidateUser!(token.UserName, password))
            throw Refused(StatusCodes.BadUserAccessDenied, "A wrong user name or password");
        return new SessionOwner(UserTokenType.UserName, token.UserName, session.ApplicationUri);
    }

    private SessionOwner WithCertificate(ServerSession session, X509IdentityToken token, UserTokenPolicy policy, SignatureData signature)
    {
        if (!UaCertificate.TryRead(token.CertificateData, out UaCertificate? certificate, out CertificateFault fault))
            throw Refused(StatusCodes.BadIdentityTokenInvalid, $"A user certificate that cannot be read ({fault})");
        if (own is null || !SessionSignature.Verify(Profile(policy), certificate!, own.Der, session.Nonce, signature.Algorithm, signature.Signature))
            throw Refused(StatusCodes.BadUserSignatureInvalid, "A user certificate without proof of its key");
        if (!options.ValidateUserCertificate!(certificate!))
            throw Refused(StatusCodes.BadIdentityTokenRejected, $"The user certificate {certificate} is not accepted");
        return new SessionOwner(UserTokenType.Certificate, certificate!.ThumbprintText, session.ApplicationUri);
    }

    private static PolicyProfile Profile(UserTokenPolicy policy) =>
        PolicyProfile.TryFind(policy.SecurityPolicyUri, out PolicyProfile? profile) ? profile : PolicyProfile.Of(SecurityPolicy.None);

    private static string Plain(byte[]? password)
    {
        try
        {
            return password is null or { Length: > 4096 } ? "" : new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(password);
        }
        catch (DecoderFallbackException)
        {
            throw Refused(StatusCodes.BadIdentityTokenInvalid, "A password that is not UTF-8");
        }
    }

    private static UaException Refused(StatusCode status, string what) => new(status, what, "ActivateSession.UserIdentityToken", "Use a token as GetEndpoints offers it");
}
