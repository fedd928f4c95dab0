using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;

namespace PatchEdge.OpcUa.Tests.Security;

/// <summary>A directory of its own, gone with the test.</summary>
internal sealed class TestDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("ua-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>Two applications that trust each other, each with a store of its own.</summary>
internal sealed class TestPki : IDisposable
{
    private static readonly Lazy<(ApplicationCertificate Server, ApplicationCertificate Client)> Shared = new(() =>
    {
        var server = Make("urn:test:server", 2048);
        var client = Make("urn:test:client", 2048);
        return (server, client);
    });

    private static readonly Lazy<ApplicationCertificate> SharedLarge = new(() => Make("urn:test:large", 3072));

    private readonly TestDirectory directory = new();

    public TestPki(TimeProvider? time = null)
    {
        time ??= TimeProvider.System;
        ServerStore = new CertificateStore(Path.Combine(directory.Path, "server"), time);
        ClientStore = new CertificateStore(Path.Combine(directory.Path, "client"), time);
        ServerStore.Trust(Client.Certificate);
        ServerStore.Trust(Large.Certificate);
        ClientStore.Trust(Server.Certificate);
        ClientStore.Trust(Large.Certificate);
        ServerValidator = new CertificateValidator(ServerStore, time);
        ClientValidator = new CertificateValidator(ClientStore, time);
    }

    public ApplicationCertificate Server { get; } = Shared.Value.Server;
    public ApplicationCertificate Client { get; } = Shared.Value.Client;

    /// <summary>With a key longer than 2,048 bits.</summary>
    public ApplicationCertificate Large { get; } = SharedLarge.Value;

    public CertificateStore ServerStore { get; }
    public CertificateStore ClientStore { get; }
    public CertificateValidator ServerValidator { get; }
    public CertificateValidator ClientValidator { get; }

    public void Dispose() => directory.Dispose();

    private static ApplicationCertificate Make(string uri, int bits)
    {
        var identity = new ApplicationIdentity { ApplicationName = "Test", ApplicationUri = uri, KeyBits = bits };
        var (der, key) = identity.MakeCertificate(TimeProvider.System.GetUtcNow());
        return new ApplicationCertificate(UaCertificate.Read(der, "test"), key, []);
    }
}
