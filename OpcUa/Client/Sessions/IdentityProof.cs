using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>A user identity as ActivateSession carries it: the token, and for a certificate the proof that we have its key.</summary>
internal sealed record IdentityProof(ExtensionObject Token, SignatureData Signature)
{
    /// <summary>True when a password went without encryption of its own over a channel that has none either.</summary>
    public bool InClear { get; private init; }

    /// <param name="serverCertificate">DER, perhaps with issuers; what the secret is encrypted for.</param>
    /// <param name="serverNonce">The server's last.</param>
    public static IdentityProof Create(EndpointDescription endpoint, UaClientOptions options, byte[]? serverCertificate, byte[] serverNonce)
    {
        var policy = EndpointChoice.FindToken(endpoint, options)
            ?? throw new UaException(StatusCodes.BadIdentityTokenRejected, $"The endpoint does not accept {options.UserIdentity}", "ActivateSession.UserIdentityToken", "Choose an identity that it accepts");
        var profile = EndpointChoice.TokenProfile(endpoint, policy);
        return options.UserIdentity switch
        {
            UserIdentity.UserNameIdentity user => ForPassword(user, policy, profile!, options, serverCertificate, serverNonce),
            UserIdentity.X509Identity user => ForCertificate(user, policy, profile!, serverCertificate, serverNonce),
            _ => new IdentityProof(new ExtensionObject(new AnonymousIdentityToken { PolicyId = policy.PolicyId }), new SignatureData()),
        };
    }

    private static IdentityProof ForPassword(
        UserIdentity.UserNameIdentity user, UserTokenPolicy policy, PolicyProfile profile, UaClientOptions options, byte[]? serverCertificate, byte[] serverNonce)
    {
        var bare = profile.IsNone;
        var token = new UserNameIdentityToken
        {
            PolicyId = policy.PolicyId,
            UserName = user.Name,
            Password = bare
                ? System.Text.Encoding.UTF8.GetBytes(user.Password)
                : PasswordSecret.Encrypt(profile, UaCertificate.Read(UaCertificate.Leaf(serverCertificate), "ActivateSession"), user.Password, serverNonce),
            EncryptionAlgorithm = bare ? null : profile.EncryptionUri,
        };
        return new IdentityProof(new ExtensionObject(token), new SignatureData()) { InClear = bare && options.MessageSecurityMode != MessageSecurityMode.SignAndEncrypt };
    }

    private static IdentityProof ForCertificate(
        UserIdentity.X509Identity user, UserTokenPolicy policy, PolicyProfile profile, byte[]? serverCertificate, byte[] serverNonce)
    {
        using var own = UserCertificate(user);
        var token = new X509IdentityToken { PolicyId = policy.PolicyId, CertificateData = own.Der };
        var signature = new SignatureData
        {
            Algorithm = profile.SignatureUri,
            Signature = SessionSignature.Create(profile, own, serverCertificate, serverNonce),
        };
        return new IdentityProof(new ExtensionObject(token), signature);
    }

    private static ApplicationCertificate UserCertificate(UserIdentity.X509Identity user)
    {
        var key = System.Security.Cryptography.X509Certificates.RSACertificateExtensions.GetRSAPrivateKey(user.Certificate)
            ?? throw new UaException(StatusCodes.BadIdentityTokenInvalid, "The user's certificate comes without an RSA private key", "UserIdentity.X509", "Give it with its key");
        return new ApplicationCertificate(UaCertificate.Read(user.Certificate.RawData, "UserIdentity.X509"), key, []);
    }
}
