using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using PatchEdge.Gateway.Delivery.Influx;

namespace PatchEdge.Gateway.Delivery.Verification;

/// <summary>Reads an InfluxDB by InfluxQL over <c>/query</c>, the one language that 1.x, 2.x and 3.x share, row by row as they come.</summary>
internal sealed class InfluxQuery : IDisposable
{
    private const int ChunkRows = 5000;
    private const int LongestLine = 64 * 1024 * 1024;

    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.GZip }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly InfluxOptions options;
    private readonly TimeProvider time;

    public InfluxQuery(InfluxOptions options, TimeProvider time)
    {
        (this.options, this.time) = (options, time);
        if (options.Token is { } token)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Token", token);
        else if (options.User is { } user)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{options.Password}")));
    }

    /// <summary>Hands out each series of the answer, in pieces.</summary>
    /// <param name="query">One statement; times come back in nanoseconds.</param>
    /// <param name="take">Takes an element of the answer's <c>series</c>; valid only during the call.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="HistorianException">It does not answer, or not with what was asked for.</exception>
    public async Task RunAsync(string query, Action<JsonElement> take, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(options.Timeout * 6, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            var parameters = new List<KeyValuePair<string, string>>
            {
                new("q", query), new("db", options.Database ?? options.Bucket ?? ""), new("epoch", "ns"), new("chunked", "true"), new("chunk_size", ChunkRows.ToString(CultureInfo.InvariantCulture)),
            };
            if (options.RetentionPolicy is { } policy)
                parameters.Add(new("rp", policy));
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(options.Url.AbsoluteUri.TrimEnd('/') + "/query")) { Content = new FormUrlEncodedContent(parameters) };
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token).ConfigureAwait(false);
            var stream = await answer.Content.ReadAsStreamAsync(deadline.Token).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode)
                throw new HistorianException($"{options.Url} answers {(int)answer.StatusCode} to InfluxQL: {await StartAsync(stream, deadline.Token).ConfigureAwait(false)}", Lasting: (int)answer.StatusCode is 400 or 404 or 405);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            while (await reader.ReadLineAsync(deadline.Token).ConfigureAwait(false) is { } line)
                if (line.Length > 0)
                    Take(line, take);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new HistorianException($"{options.Url} does not answer a query in time", Lasting: false);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new HistorianException($"{options.Url} cannot be read: {exception.Message}", Lasting: false);
        }
        catch (JsonException exception)
        {
            throw new HistorianException($"{options.Url} answers InfluxQL with something else: {exception.Message}", Lasting: true);
        }
    }

    public void Dispose() => http.Dispose();

    /// <summary>Text as a string literal of InfluxQL.</summary>
    public static string Literal(string text) => "'" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal) + "'";

    private void Take(string line, Action<JsonElement> take)
    {
        if (line.Length > LongestLine)
            throw new HistorianException($"{options.Url} answers without dividing its answer; ask for shorter windows", Lasting: false);
        using var document = JsonDocument.Parse(line);
        var root = document.RootElement;
        if (root.TryGetProperty("error", out var error))
            throw new HistorianException($"{options.Url}: {error}", Lasting: false);
        if (!root.TryGetProperty("results", out var results) || results.ValueKind != JsonValueKind.Array)
            throw new HistorianException($"{options.Url} does not speak InfluxQL", Lasting: true);
        foreach (var result in results.EnumerateArray())
        {
            if (result.TryGetProperty("error", out var refused))
                throw new HistorianException($"{options.Url}: {refused}", Lasting: false);
            if (result.TryGetProperty("series", out var series))
                foreach (var one in series.EnumerateArray())
                    take(one);
        }
    }

    private static async Task<string> StartAsync(Stream stream, CancellationToken cancel)
    {
        var bytes = new byte[400];
        var length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancel).ConfigureAwait(false);
        return Encoding.UTF8.GetString(bytes, 0, length).Trim();
    }
}

/// <summary>The historian cannot be read back. The message says what it said.</summary>
/// <param name="message">For an operator.</param>
/// <param name="Lasting">Asking again changes nothing.</param>
internal sealed class HistorianException(string message, bool Lasting) : Exception(message)
{
    public bool Lasting { get; } = Lasting;
}
