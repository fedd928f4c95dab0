using PatchEdge.Gateway.Options;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Model;

namespace PatchEdge.Gateway.Acquisition;

/// <summary>How the gateway connects to a server of the plant file.</summary>
internal static class ServerConnection
{
    /// <summary>What to do when a server closes the connection without a word: most often it does not know our certificate yet.</summary>
    /// <returns>A sentence to put behind the failure; empty when it has another cause.</returns>
    public static string TrustHint(UaException failure, CertificateStore certificates) =>
        failure.Status.Code is StatusCodes.BadSecurityChecksFailed or StatusCodes.BadCertificateUntrusted && !failure.What.StartsWith("A certificate was refused", StringComparison.Ordinal)
            ? $" Perhaps the server does not trust this program yet: have it trust {Path.Combine(certificates.OwnDirectory, "certificate.der")}."
            : "";

    public static UaClientOptions OptionsFor(OpcUaServer server, GatewayConfiguration configuration, CertificateStore certificates, TimeProvider time) => new()
    {
        EndpointUrl = server.Url,
        SecurityPolicy = Enum.Parse<SecurityPolicy>(server.SecurityPolicy),
        MessageSecurityMode = Enum.Parse<MessageSecurityMode>(server.SecurityMode),
        UserIdentity = server.User is { } user
            ? UserIdentity.UserName(user, configuration.Passwords.GetValueOrDefault(server.Name, ""))
            : UserIdentity.Anonymous,
        CertificateStore = certificates,
        ApplicationName = "PatchEdge gateway " + configuration.Options.Name,
        ApplicationUri = configuration.Options.ApplicationUri,
        AllowPasswordWithoutEncryption = configuration.Options.PasswordWithoutEncryption,
        // The server's state and clock are part of every line's proof, which must be younger than five seconds.
        KeepAliveInterval = TimeSpan.FromSeconds(2),
        OperationTimeout = TimeSpan.FromSeconds(10),
        TimeProvider = time,
    };
}
