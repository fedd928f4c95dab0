using System.IO.Compression;
using System.Net;
using System.Text;

namespace PatchEdge.Gateway.Tests.Delivery;

/// <summary>An HTTP peer that answers writes as a script says, and remembers what it was sent.</summary>
internal sealed class ScriptedInflux : IAsyncDisposable
{
    private readonly HttpListener listener = new();
    private readonly Func<string, string[], int, Answer> script;
    private readonly Task loop;
    private int writes;

    /// <param name="script">Path, lines and number of the write (from 1) in; the answer out.</param>
    /// <param name="version">What <c>/ping</c> says.</param>
    public ScriptedInflux(Func<string, string[], int, Answer> script, string version = "1.8.10")
    {
        this.script = script;
        Version = version;
        Url = new Uri($"http://127.0.0.1:{FreePorts.One()}/");
        listener.Prefixes.Add(Url.AbsoluteUri);
        listener.Start();
        loop = RunAsync();
    }

    public Uri Url { get; }

    public string Version { get; }

    /// <summary>Lines that were answered with success.</summary>
    public List<string> Stored { get; } = [];

    /// <summary>Path and query of each write.</summary>
    public List<string> Paths { get; } = [];

    public List<string?> Authorizations { get; } = [];

    public async ValueTask DisposeAsync()
    {
        listener.Close();
        await loop;
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            await AnswerAsync(context);
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (request.Url!.AbsolutePath == "/ping")
        {
            response.Headers["X-Influxdb-Version"] = Version;
            response.StatusCode = 204;
            response.Close();
            return;
        }

        var stream = request.Headers["Content-Encoding"] == "gzip" ? new GZipStream(request.InputStream, CompressionMode.Decompress) : request.InputStream;
        using var reader = new StreamReader(stream);
        var lines = (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Paths.Add(request.Url.PathAndQuery);
        Authorizations.Add(request.Headers["Authorization"]);
        var answer = script(request.Url.PathAndQuery, lines, ++writes);
        if (answer.Status is >= 200 and < 300)
            Stored.AddRange(lines);
        Stored.AddRange(answer.StoredAnyway);
        response.StatusCode = answer.Status;
        if (answer.RetryAfter is { } seconds)
            response.Headers["Retry-After"] = seconds.ToString(null, null);
        response.Close(Encoding.UTF8.GetBytes(answer.Body), willBlock: true);
    }

    internal sealed record Answer(int Status, string Body = "", int? RetryAfter = null)
    {
        public static readonly Answer Done = new(204);

        /// <summary>Of a partial write.</summary>
        public IReadOnlyList<string> StoredAnyway { get; init; } = [];
    }
}
