using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using PatchEdge.Agent.Configuration;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Agent.Messaging;

/// <summary>Makes the MQTT connection's options anew for each attempt, so that a renewed password or certificate is taken up.</summary>
internal static class BrokerOptions
{
    private const int PlainPort = 1883;
    private const int EncryptedPort = 8883;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WillExpiry = TimeSpan.FromDays(30);

    /// <exception cref="ConfigurationException">A secret or certificate file was refused.</exception>
    public static MqttClientOptions Create(BrokerConfiguration broker, string host, Letter will)
    {
        var options = new MqttClientOptionsBuilder()
            .WithProtocolVersion(MqttProtocolVersion.V500)
            .WithTcpServer(broker.Url.Host, broker.Url.IsDefaultPort || broker.Url.Port < 0 ? (broker.IsEncrypted ? EncryptedPort : PlainPort) : broker.Url.Port)
            .WithClientId("agent-" + host)
            // Nothing is kept for us while we are away: a permit that waited is worth nothing.
            .WithCleanStart(true)
            .WithSessionExpiryInterval(0)
            .WithTimeout(Timeout)
            .WithKeepAlivePeriod(KeepAlive)
            .WithMaximumPacketSize(MessageJson.MaximumBytes)
            .WithReceiveMaximum(32)
            .WithWillTopic(will.Topic)
            .WithWillPayload(will.Payload)
            .WithWillRetain(true)
            .WithWillQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce)
            .WithWillMessageExpiryInterval((uint)WillExpiry.TotalSeconds);
        if (broker.User is { } user)
            options.WithCredentials(user, broker.PasswordFile is null ? [] : Encoding.UTF8.GetBytes(SecretFile.ReadText(broker.PasswordFile)));
        if (broker.IsEncrypted)
            options.WithTlsOptions(tls => Encrypt(tls, broker));
        return options.Build();
    }

    private static void Encrypt(MqttClientTlsOptionsBuilder tls, BrokerConfiguration broker)
    {
        tls.UseTls().WithTargetHost(broker.Url.Host);
        if (broker.Certificate is not null)
            tls.WithClientCertificates([LoadOwn(broker.Certificate, broker.CertificateKey!)]);
        if (broker.Authorities is null)
            return;
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(broker.Authorities);
        tls.WithCertificateValidationHandler(presented => IsVouchedFor(presented, authorities));
    }

    private static X509Certificate2 LoadOwn(string certificate, string key)
    {
        using var loaded = X509Certificate2.CreateFromPem(File.ReadAllText(certificate), SecretFile.ReadText(key));
        // Windows uses only keys that have been through a key store.
        return X509CertificateLoader.LoadPkcs12(loaded.Export(X509ContentType.Pkcs12), null);
    }

    private static bool IsVouchedFor(MqttClientCertificateValidationEventArgs presented, X509Certificate2Collection authorities)
    {
        if ((presented.SslPolicyErrors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None || presented.Certificate is not X509Certificate2 certificate)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }
}
