using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Serialization.Metadata;
using PatchEdge.Plant.Files;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Features.Jobs;

namespace PatchEdge.Scheduler.Commands;

/// <summary>Asks the running scheduler on this machine, with the token that only the owner of its data directory can read.</summary>
internal sealed class LocalApi : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly HttpClient http;

    private LocalApi(HttpClient http) => this.http = http;

    /// <param name="config">The configuration directory.</param>
    /// <param name="person">Who asks, for the record.</param>
    /// <exception cref="CommandException">No scheduler runs with this configuration, or its token cannot be read.</exception>
    public static LocalApi Open(string config, string person)
    {
        var options = SchedulerFile.Read(config);
        var data = options.Data;
        try
        {
            var address = File.ReadAllText(Path.Combine(data, "local-api.address")).Trim();
            var token = File.ReadAllText(Path.Combine(data, "local-api.token")).Trim();
            if (!Uri.TryCreate(address, UriKind.Absolute, out var uri))
                throw new CommandException($"{Path.Combine(data, "local-api.address")} does not hold an address: start the scheduler again");
            var http = new HttpClient(Handler(options.Tls)) { BaseAddress = uri, Timeout = Patience };
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
            http.DefaultRequestHeaders.Add(LocalToken.PersonHeader, person);
            return new LocalApi(http);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CommandException($"no scheduler has run with this configuration: start it with 'patchedge-scheduler run --config {config}'");
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new CommandException($"{exception.Message} Run this as the user who runs the scheduler.");
        }
    }

    /// <summary>Null when there is no such thing.</summary>
    public Task<T?> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation)
        where T : class => SendAsync(async () =>
        {
            using var response = await http.GetAsync(path, cancellation);
            if (response.StatusCode == HttpStatusCode.NotFound)
                return null;
            Expect(response, path);
            return await response.Content.ReadFromJsonAsync(type, cancellation);
        });

    public Task<OrderView> PostAsync<T>(string path, T body, JsonTypeInfo<T> type, CancellationToken cancellation) => SendAsync(async () =>
    {
        using var response = await http.PostAsJsonAsync(path, body, type, cancellation);
        if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.NotFound or HttpStatusCode.Conflict or HttpStatusCode.ServiceUnavailable))
            Expect(response, path);
        return await response.Content.ReadFromJsonAsync(ApiJson.Default.OrderView, cancellation)
            ?? throw new CommandException("the scheduler answered with nothing");
    });

    public void Dispose() => http.Dispose();

    /// <summary>Over TLS it is the very certificate that is configured, whatever name it bears.</summary>
    private static HttpClientHandler Handler(TlsFiles? tls)
    {
        var handler = new HttpClientHandler { UseProxy = false, AllowAutoRedirect = false };
        if (tls is null)
            return handler;
        var expected = X509CertificateLoader.LoadCertificateFromFile(tls.Certificate).GetCertHashString(HashAlgorithmName.SHA256);
        handler.ServerCertificateCustomValidationCallback = (_, certificate, _, _) => certificate?.GetCertHashString(HashAlgorithmName.SHA256) == expected;
        return handler;
    }

    private static async Task<T> SendAsync<T>(Func<Task<T>> send)
    {
        try
        {
            return await send();
        }
        catch (HttpRequestException exception)
        {
            throw new CommandException($"the scheduler does not answer ({exception.Message}): is it running?");
        }
        catch (TaskCanceledException exception) when (exception.InnerException is TimeoutException)
        {
            throw new CommandException($"the scheduler did not answer within {Patience.TotalSeconds:0} s");
        }
    }

    private static void Expect(HttpResponseMessage response, string path)
    {
        if (response.StatusCode == HttpStatusCode.Unauthorized)
            throw new CommandException("the scheduler did not accept the local token: it has been restarted as another user, or another scheduler answers at its address");
        if (!response.IsSuccessStatusCode)
            throw new CommandException($"the scheduler answered {(int)response.StatusCode} {response.ReasonPhrase} to {path}");
    }
}

/// <summary>A command could not be carried out; the message says why and what to do.</summary>
internal sealed class CommandException(string message, int code = ExitCodes.Problem) : Exception(message)
{
    /// <summary>What the program exits with.</summary>
    public int Code => code;
}
