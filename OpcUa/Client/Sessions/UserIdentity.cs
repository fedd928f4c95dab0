using System.Security.Cryptography.X509Certificates;

namespace PatchEdge.OpcUa.Client;

/// <summary>Who the session acts for (Part 4 §7.41, UserIdentityToken). The cases are the token kinds that this stack speaks.</summary>
public abstract record UserIdentity
{
    private UserIdentity() { }

    /// <summary>Nobody in particular.</summary>
    public static UserIdentity Anonymous { get; } = new AnonymousIdentity();

    public static UserIdentity UserName(string name, string password) => new UserNameIdentity(name, password);

    /// <param name="certificate">The user's certificate with its RSA private key.</param>
    public static UserIdentity X509(X509Certificate2 certificate) => new X509Identity(certificate);

    public sealed record AnonymousIdentity : UserIdentity
    {
        public override string ToString() => "anonymous";
    }

    public sealed record UserNameIdentity(string Name, string Password) : UserIdentity
    {
        /// <summary>The name alone: this text ends in logs.</summary>
        public override string ToString() => $"user '{Name}'";
    }

    public sealed record X509Identity(X509Certificate2 Certificate) : UserIdentity
    {
        public override string ToString() => $"certificate '{Certificate.Subject}'";
    }
}
