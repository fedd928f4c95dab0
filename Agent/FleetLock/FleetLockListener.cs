using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PatchEdge.Agent.Execution;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Agent.FleetLock;

/// <summary>Serves <c>/v1/pre-reboot</c> and <c>/v1/steady-state</c> of the FleetLock protocol to one client, over TLS where it is configured. Nothing is trusted to it but who it is.</summary>
internal sealed partial class FleetLockListener(FleetLockOptions options, FleetLockDesk desk, Func<RunRecord?> run, TimeProvider time, ILogger<FleetLockListener> log)
{
    private const int LargestBody = 4 * 1024;
    private const int MostAtOnce = 16;
    private const int MostPerPeriod = 60;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BodyWithin = TimeSpan.FromSeconds(5);
    private static readonly FleetLockAnswer TooMany = new(429, "too_many_requests", "ask less often");
    private static readonly FleetLockAnswer NotFound = new(404, "not_found", "there are /v1/pre-reboot and /v1/steady-state");
    private static readonly FleetLockAnswer BadRequest = new(400, "bad_request", "needs the header fleet-lock-protocol: true and a body with client_params of id and group, at most 4 KiB");

    private readonly Lock gate = new();
    private long periodStart = time.GetTimestamp();
    private int inPeriod;
    private int busy;

    /// <summary>Listens until stopped; where it cannot, it says so, and no client is ever answered yes.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            var url = new Uri(options.Listen);
            var path = url.AbsolutePath + (options.SecretFile is { } file ? SecretFile.ReadText(file) + "/" : "");
            await using var app = Build(url);
            app.Run(context => ServeAsync(context, path));
            await app.StartAsync(stop);
            Listening(log, options.Listen, options.ClientId);
            await Task.Delay(Timeout.InfiniteTimeSpan, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await app.StopAsync(CancellationToken.None);
        }
        catch (Exception exception) when (exception is IOException or ConfigurationException or InvalidOperationException)
        {
            Deaf(log, options.Listen, exception.Message);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    private WebApplication Build(Uri url)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        // What goes wrong on a connection is its client's to see; the rest we say ourselves.
        builder.Logging.ClearProviders();
        var certificate = options.Tls?.Load();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LargestBody;
            kestrel.Limits.MaxConcurrentConnections = MostAtOnce * 4;
            kestrel.Limits.MaxRequestLineSize = 2 * LargestBody;
            kestrel.Limits.MaxRequestHeadersTotalSize = 2 * LargestBody;
            kestrel.Limits.RequestHeadersTimeout = BodyWithin;
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(30);
            void Listen(ListenOptions listen)
            {
                listen.Protocols = HttpProtocols.Http1;
                if (certificate is not null)
                    listen.UseHttps(https => (https.ServerCertificate, https.SslProtocols, https.HandshakeTimeout) = (certificate, SslProtocols.Tls12 | SslProtocols.Tls13, BodyWithin));
            }

            if (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address))
                kestrel.Listen(address, url.Port, Listen);
            else if (url.IsLoopback)
                kestrel.ListenLocalhost(url.Port, Listen);
            else
                kestrel.ListenAnyIP(url.Port, Listen);
        });
        return builder.Build();
    }

    private async Task ServeAsync(HttpContext context, string path)
    {
        FleetLockAnswer answer;
        try
        {
            answer = !MayEnter() ? TooMany : await AnswerAsync(context, path);
        }
        finally
        {
            lock (gate)
                busy--;
        }

        var url = Target(context);
        if (answer.Status != 200 && answer != TooMany)
            Refused(log, Printable.Line(url.Length < 200 && options.SecretFile is null ? url : "request"), answer.Kind, answer.Value);
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = "application/json";
        byte[] body = answer.Status == 200 ? [] : JsonSerializer.SerializeToUtf8Bytes(new FleetLockRefusal(answer.Kind, answer.Value), FleetLockJson.Default.FleetLockRefusal);
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    private async Task<FleetLockAnswer> AnswerAsync(HttpContext context, string path)
    {
        var steady = Is(Target(context), path + "v1/steady-state");
        if (!steady && !Is(Target(context), path + "v1/pre-reboot"))
            return NotFound;
        if (context.Request.Method != "POST" || context.Request.Headers["fleet-lock-protocol"].ToString() != "true" || await ReadAsync(context.Request) is not { } client)
            return BadRequest;
        if (!Is(client.Id, options.ClientId) || (options.Group is { } group && client.Group != group))
            return new FleetLockAnswer(403, "unknown_client", "this agent acts for another client: see fleet-lock in its agent.yaml");
        return steady ? await desk.SteadyStateAsync() : await desk.PreRebootAsync(Elsewhere());
    }

    private FleetLockAnswer Elsewhere() => run() is { IsOver: false } under
        ? new FleetLockAnswer(423, "not_at_restart", $"run {under.Run} stands at {under.Progress.Phase} {under.Progress.Step}, not at its restart")
        : new FleetLockAnswer(423, "no_run", "no run is under way for this host: its patch job waits, or there is none");

    private async Task<FleetLockClient?> ReadAsync(HttpRequest request)
    {
        var body = new byte[LargestBody + 1];
        var length = 0;
        try
        {
            using var deadline = new CancellationTokenSource(BodyWithin, time);
            for (int read; length < body.Length && (read = await request.Body.ReadAsync(body.AsMemory(length), deadline.Token)) > 0;)
                length += read;
            return length <= LargestBody
                && JsonSerializer.Deserialize(body.AsSpan(0, length), FleetLockJson.Default.FleetLockRequest)?.ClientParams is { Id.Length: > 0, Group: not null } client
                && GroupName().IsMatch(client.Group) ? client : null;
        }
        catch (Exception exception) when (exception is JsonException or OperationCanceledException or IOException)
        {
            return null;
        }
    }

    /// <summary>Not too many at once, and not too often.</summary>
    private bool MayEnter()
    {
        lock (gate)
        {
            if (time.GetElapsedTime(periodStart) >= Period)
                (periodStart, inPeriod) = (time.GetTimestamp(), 0);
            busy++;
            return ++inPeriod <= MostPerPeriod && busy <= MostAtOnce;
        }
    }

    /// <summary>As the client wrote it: nothing of it is decoded or shortened before it is compared.</summary>
    private static string Target(HttpContext context) => context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;

    /// <summary>In a time that does not tell how much of a secret was right.</summary>
    private static bool Is(string? text, string expected) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(text ?? ""), Encoding.UTF8.GetBytes(expected));

    [GeneratedRegex("^[a-zA-Z0-9.-]+\\z", RegexOptions.NonBacktracking)]
    private static partial Regex GroupName();

    [LoggerMessage(400, LogLevel.Information, "Listening for FleetLock client {Client} on {Address}.")]
    private static partial void Listening(ILogger log, string address, string client);

    [LoggerMessage(401, LogLevel.Critical, "Cannot listen for a FleetLock client on {Address}: {Reason}. No restart is granted: correct fleet-lock in agent.yaml and restart the agent.")]
    private static partial void Deaf(ILogger log, string address, string reason);

    [LoggerMessage(402, LogLevel.Information, "FleetLock {Url}: {Kind}, {Value}.")]
    private static partial void Refused(ILogger log, string url, string kind, string value);
}
