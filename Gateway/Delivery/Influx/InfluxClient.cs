using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace PatchEdge.Gateway.Delivery.Influx;

/// <summary>Speaks HTTP to one InfluxDB. Never throws for what the far end does: that is an answer.</summary>
internal sealed class InfluxClient : IDisposable
{
    private const int SmallestWorthCompressing = 2048;
    private const int MostAnswer = 64 * 1024;

    private readonly HttpClient http;
    private readonly InfluxOptions options;
    private readonly TimeProvider time;

    public InfluxClient(InfluxOptions options, TimeProvider time)
    {
        this.options = options;
        this.time = time;
        http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxConnectionsPerServer = 2,
        })
        {
            // One deadline for the whole request is kept below, by the injected clock.
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = MostAnswer,
        };
        if (options.Token is { } token)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Token", token);
        else if (options.User is { } user)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{options.Password}")));
    }

    /// <summary>Asks which version answers; null when none does.</summary>
    public async Task<(InfluxDialect Dialect, string Version)?> PingAsync(CancellationToken cancel)
    {
        try
        {
            using var patience = new CancellationTokenSource(options.Timeout, time);
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
            using var answer = await http.GetAsync(At("ping"), deadline.Token).ConfigureAwait(false);
            if ((int)answer.StatusCode >= 500)
                return null;
            var version = answer.Headers.TryGetValues("X-Influxdb-Version", out var values) ? values.FirstOrDefault() ?? "" : "";
            if (version.Length == 0 && answer.Content.Headers.ContentType?.MediaType == "application/json")
            {
                using var body = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync(deadline.Token).ConfigureAwait(false));
                version = body.RootElement.ValueKind == JsonValueKind.Object && body.RootElement.TryGetProperty("version", out var told) ? told.ToString() : "";
            }

            return (DialectOf(version), version.Length > 0 ? version : "of unknown version");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException || (exception is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return null;
        }
    }

    /// <summary>Whose rules to write by: what is configured, or what the answer to <c>/ping</c> and the names configured say; null when nobody answers.</summary>
    public async Task<(InfluxDialect Dialect, string Version)?> FindDialectAsync(CancellationToken cancel)
    {
        if (options.Dialect is { } configured)
            return (configured, "as configured");
        if (await PingAsync(cancel).ConfigureAwait(false) is not { } found)
            return null;
        // A database name alone speaks for 1.x rules, which 2.x understands too; a bucket speaks for 2.x.
        return (found.Dialect == InfluxDialect.V2 && options.Bucket is null ? InfluxDialect.V1
            : found.Dialect == InfluxDialect.V1 && options.Bucket is not null ? InfluxDialect.V2
            : found.Dialect, found.Version);
    }

    /// <summary>Sends lines, timestamps in nanoseconds, and says what the answer means.</summary>
    public async Task<InfluxAnswer> WriteAsync(InfluxDialect dialect, ReadOnlyMemory<byte> lines, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(options.Timeout, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, WriteAddress(dialect)) { Content = Content(lines) };
            using var answer = await http.SendAsync(request, deadline.Token).ConfigureAwait(false);
            var body = await answer.Content.ReadAsStringAsync(deadline.Token).ConfigureAwait(false);
            return Read(answer, body.Length > 0 ? body.Trim() : $"HTTP {(int)answer.StatusCode}");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new InfluxAnswer(InfluxOutcome.Unavailable, $"no answer within {options.Timeout.TotalSeconds:0} s");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return new InfluxAnswer(InfluxOutcome.Unavailable, exception.Message);
        }
    }

    public void Dispose() => http.Dispose();

    private static InfluxDialect DialectOf(string version)
    {
        var number = version.TrimStart('v');
        return number.StartsWith("3.", StringComparison.Ordinal) ? InfluxDialect.V3
            : number.StartsWith("2.", StringComparison.Ordinal) ? InfluxDialect.V2
            : InfluxDialect.V1;
    }

    private static ByteArrayContent Content(ReadOnlyMemory<byte> lines)
    {
        if (lines.Length < SmallestWorthCompressing)
            return new ByteArrayContent(lines.ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue("text/plain", "utf-8") } };
        using var packed = new MemoryStream(lines.Length / 4);
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(lines.Span);
        return new ByteArrayContent(packed.GetBuffer(), 0, (int)packed.Length)
        {
            Headers = { ContentType = new MediaTypeHeaderValue("text/plain", "utf-8"), ContentEncoding = { "gzip" } },
        };
    }

    private InfluxAnswer Read(HttpResponseMessage answer, string message) => (int)answer.StatusCode switch
    {
        >= 200 and < 300 => new InfluxAnswer(InfluxOutcome.Accepted, ""),
        400 or 422 => new InfluxAnswer(InfluxOutcome.Refused, message),
        413 => new InfluxAnswer(InfluxOutcome.TooLarge, message),
        429 or 408 or >= 500 => new InfluxAnswer(InfluxOutcome.Unavailable, $"HTTP {(int)answer.StatusCode}: {message}", RetryAfter(answer)),
        401 => new InfluxAnswer(InfluxOutcome.Denied, $"the credentials are refused ({message}); renew them in the secrets directory"),
        403 => new InfluxAnswer(InfluxOutcome.Denied, $"these credentials may not write there ({message}); grant write access"),
        404 => new InfluxAnswer(InfluxOutcome.Denied, $"the database, bucket or write path does not exist ({message}); create it, or correct gateway.yaml"),
        _ => new InfluxAnswer(InfluxOutcome.Denied, $"HTTP {(int)answer.StatusCode}: {message}; check the address in gateway.yaml"),
    };

    private TimeSpan? RetryAfter(HttpResponseMessage answer) => answer.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - time.GetUtcNow(),
        _ => null,
    };

    private Uri WriteAddress(InfluxDialect dialect)
    {
        static string Q(string? text) => Uri.EscapeDataString(text ?? "");
        return dialect switch
        {
            InfluxDialect.V1 => At($"write?db={Q(options.Database)}&precision=ns" + (options.RetentionPolicy is { } policy ? $"&rp={Q(policy)}" : "")),
            InfluxDialect.V2 => At(string.Create(CultureInfo.InvariantCulture, $"api/v2/write?org={Q(options.Organisation)}&bucket={Q(options.Bucket ?? options.Database)}&precision=ns")),
            _ => At($"api/v3/write_lp?db={Q(options.Database ?? options.Bucket)}&precision=nanosecond&accept_partial=true&no_sync=false"),
        };
    }

    private Uri At(string path)
    {
        var root = options.Url.AbsoluteUri;
        return new Uri((root.EndsWith('/') ? root : root + "/") + path);
    }
}
