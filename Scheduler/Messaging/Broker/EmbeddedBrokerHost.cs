using System.Net;
using System.Security.Cryptography.X509Certificates;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Configuration;

namespace PatchEdge.Scheduler.Messaging.Broker;

/// <summary>Runs the embedded broker with the application, when the configuration has one.</summary>
internal sealed class EmbeddedBrokerHost(SchedulerOptions options, PlantModel plant, TimeProvider time, ILogger<EmbeddedBroker> log) : IHostedService, IAsyncDisposable
{
    private EmbeddedBroker? broker;

    /// <summary>Null when the site's own broker is used, or before the start.</summary>
    public EmbeddedBroker? Broker => broker;

    /// <summary>Where this process reaches it.</summary>
    public IPEndPoint EndPoint => broker is not { EndPoint: var bound } ? throw new InvalidOperationException("The embedded broker does not run.")
        : bound.Address.Equals(IPAddress.Any) ? new IPEndPoint(IPAddress.Loopback, bound.Port)
        : bound.Address.Equals(IPAddress.IPv6Any) ? new IPEndPoint(IPAddress.IPv6Loopback, bound.Port) : bound;

    /// <summary>Whether this is the certificate that our own broker presents.</summary>
    public bool IsOwn(X509Certificate? certificate) => certificate is not null && options.Mqtt.Embedded?.Tls is { } tls
        && X509CertificateLoader.LoadCertificateFromFile(tls.Certificate).GetCertHashString() == certificate.GetCertHashString();

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Mqtt.Embedded is not { } embedded)
            return;
        broker = new EmbeddedBroker(embedded, plant, time, log);
        await broker.StartAsync();
    }

    public async Task StopAsync(CancellationToken cancellationToken) => await DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref broker, null) is { } running)
            await running.DisposeAsync();
    }
}
