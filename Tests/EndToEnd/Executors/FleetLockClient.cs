using System.Net;
using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace PatchEdge.EndToEnd.Executors;

/// <summary>A host's own updater, as Fedora CoreOS' Zincati is one: asks until it may restart the host, restarts it, and says when it is steady.</summary>
internal sealed class FleetLockClient : IAsyncDisposable
{
    public const string Id = "c988d2509fdf4cdcbed39037c56406fb";
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(500);

    private readonly HttpClient http;
    private readonly string url;
    private readonly CancellationTokenSource stop = new();
    private readonly Task asking;
    private readonly List<string> heard = [];

    /// <param name="url">The base URL, with its secret.</param>
    /// <param name="authority">PEM file of whom it trusts.</param>
    public FleetLockClient(string url, string authority)
    {
        this.url = url;
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.ImportFromPemFile(authority);
        http = new HttpClient(new SocketsHttpHandler { UseProxy = false, SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = trust } });
        asking = AskAsync(stop.Token);
    }

    /// <summary>When it was told that it may restart; each entry is one grant.</summary>
    public List<DateTimeOffset> Restarts { get; } = [];

    /// <summary>Kinds of refusal, each once in a row.</summary>
    public string[] Heard
    {
        get
        {
            lock (heard)
                return [.. heard];
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await asking;
        http.Dispose();
        stop.Dispose();
    }

    private async Task AskAsync(CancellationToken stopping)
    {
        await Task.Yield();
        try
        {
            while (true)
            {
                await Task.Delay(Pace, TimeProvider.System, stopping);
                if (await PostAsync("v1/pre-reboot", stopping) != "")
                    continue;
                lock (heard)
                    Restarts.Add(TimeProvider.System.GetUtcNow());
                while (await PostAsync("v1/steady-state", stopping) != "")
                    await Task.Delay(Pace, TimeProvider.System, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
    }

    /// <summary>Empty for a yes, else the kind of refusal.</summary>
    private async Task<string> PostAsync(string path, CancellationToken stopping)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url + path) { Content = JsonContent.Create(new { client_params = new { id = Id, group = "default" } }) };
        request.Headers.Add("fleet-lock-protocol", "true");
        try
        {
            using var response = await http.SendAsync(request, stopping);
            var kind = response.StatusCode == HttpStatusCode.OK ? "" : (string)JsonNode.Parse(await response.Content.ReadAsStringAsync(stopping))!["kind"]!;
            lock (heard)
                if (heard.Count == 0 || heard[^1] != kind)
                    heard.Add(kind);
            return kind;
        }
        catch (HttpRequestException)
        {
            return "unreachable";
        }
    }
}
