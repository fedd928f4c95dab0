using System.Text;
using System.Text.Json;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;
using PatchEdge.Gateway.Delivery.Influx;

namespace PatchEdge.Gateway.Tests.Delivery;

/// <summary>An InfluxDB 2 or 3 of its makers' image, with a token; the calling test is skipped where no Docker engine answers.</summary>
internal sealed class InfluxContainer : IAsyncDisposable
{
    public const string Version2 = "influxdb:2.7";
    public const string Version3 = "influxdb:3-core";

    private const string Name = "patchedge";
    private static readonly TimeSpan PullPatience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(1);

    private readonly IContainer container;
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(20) };

    private InfluxContainer(IContainer container, InfluxOptions options) => (this.container, Options) = (container, options);

    /// <summary>How to write to it; the dialect is left for <c>/ping</c> to find.</summary>
    public InfluxOptions Options { get; private set; }

    /// <param name="image"><see cref="Version2"/> or <see cref="Version3"/>.</param>
    /// <param name="cancel">Gives up.</param>
    public static async Task<InfluxContainer> StartAsync(string image, CancellationToken cancel)
    {
        var port = image == Version2 ? 8086 : 8181;
        var container = Build(image, port);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(PullPatience);
        try
        {
            await container.StartAsync(patience.Token);
            var url = new Uri($"http://{container.Hostname}:{container.GetMappedPublicPort(port)}");
            var options = image == Version2 ? new InfluxOptions { Url = url, Bucket = Name, Organisation = Name, Token = Name } : new InfluxOptions { Url = url, Database = Name };
            var started = new InfluxContainer(container, options with { ShortestBackOff = TimeSpan.FromMilliseconds(20), LongestBackOff = TimeSpan.FromMilliseconds(200) });
            await Eventually.TrueAsync($"{image} is ready", () => started.IsReadyAsync(image, cancel), StartPatience);
            return started;
        }
        catch
        {
            await container.DisposeAsync();
            throw;
        }
    }

    /// <summary>Writes lines as they are, times in nanoseconds.</summary>
    /// <returns>Status and body of the answer.</returns>
    public async Task<(int Status, string Body)> WriteAsync(string lines, CancellationToken cancel)
    {
        var path = Options.Bucket is null ? $"/api/v3/write_lp?db={Name}&precision=nanosecond&accept_partial=true" : $"/api/v2/write?org={Name}&bucket={Name}&precision=ns";
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Options.Url, path)) { Content = new StringContent(lines, Encoding.UTF8, "text/plain") };
        request.Headers.Authorization = new("Token", Options.Token);
        using var answer = await http.SendAsync(request, cancel);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(cancel));
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await container.DisposeAsync();
    }

    private static IContainer Build(string image, int port)
    {
        var builder = new ContainerBuilder(image).WithPortBinding(port, assignRandomHostPort: true);
        builder = image == Version2
            ? builder.WithEnvironment("DOCKER_INFLUXDB_INIT_MODE", "setup").WithEnvironment("DOCKER_INFLUXDB_INIT_USERNAME", Name).WithEnvironment("DOCKER_INFLUXDB_INIT_PASSWORD", "patchedge-password")
                .WithEnvironment("DOCKER_INFLUXDB_INIT_ORG", Name).WithEnvironment("DOCKER_INFLUXDB_INIT_BUCKET", Name).WithEnvironment("DOCKER_INFLUXDB_INIT_ADMIN_TOKEN", Name)
            : builder.WithCommand("influxdb3", "serve", "--node-id", "node0", "--object-store", "memory");
        try
        {
            return builder.Build();
        }
        catch (DockerUnavailableException unavailable)
        {
            Assert.Skip($"needs a Docker engine for {image}: {unavailable.Message.Split('\n')[0]}");
            throw;
        }
    }

    /// <summary>Version 2 sets itself up behind another port first; version 3 hands out its first token to whoever asks for it.</summary>
    private async Task<bool> IsReadyAsync(string image, CancellationToken cancel)
    {
        try
        {
            using var answer = image == Version2
                ? await http.GetAsync(new Uri(Options.Url, "/health"), cancel)
                : await http.PostAsync(new Uri(Options.Url, "/api/v3/configure/token/admin"), null, cancel);
            if (!answer.IsSuccessStatusCode || image == Version2)
                return answer.IsSuccessStatusCode;
            using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancel));
            Options = Options with { Token = body.RootElement.GetProperty("token").GetString() };
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
