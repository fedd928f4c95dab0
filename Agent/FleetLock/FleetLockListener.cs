using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using PatchEdge.Agent.Execution;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Agent.FleetLock;

/// <summary>Serves <c>/v1/pre-reboot</c> and <c>/v1/steady-state</c> of the FleetLock protocol to one client. Nothing is trusted to it but who it is.</summary>
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

    private long periodStart = time.GetTimestamp();
    private int inPeriod;

    /// <summary>Listens until stopped; where it cannot, it says so, and no client is ever answered yes.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var listener = new HttpListener();
        string path;
        try
        {
            var secret = options.SecretFile is { } file ? SecretFile.ReadText(file) + "/" : "";
            listener.Prefixes.Add(options.Listen);
            listener.Start();
            path = new Uri(options.Listen).AbsolutePath + secret;
        }
        catch (Exception exception) when (exception is HttpListenerException or ConfigurationException)
        {
            Deaf(log, options.Listen, exception.Message);
            return;
        }

        Listening(log, options.Listen, options.ClientId);
        await using var stopping = stop.Register(listener.Stop);
        var busy = new List<Task>();
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var context = await listener.GetContextAsync();
                busy.RemoveAll(task => task.IsCompleted);
                if (IsTooOften() || busy.Count >= MostAtOnce)
                    Send(context.Response, TooMany);
                else
                    busy.Add(ServeAsync(context, path));
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                if (!listener.IsListening)
                    break;
            }
        }

        await Task.WhenAll(busy);
    }

    private async Task ServeAsync(HttpListenerContext context, string path)
    {
        await Task.Yield();
        var answer = await AnswerAsync(context.Request, path);
        if (answer.Status != 200)
            Refused(log, Printable.Line(context.Request.RawUrl is { Length: < 200 } url && options.SecretFile is null ? url : "request"), answer.Kind, answer.Value);
        Send(context.Response, answer);
    }

    private async Task<FleetLockAnswer> AnswerAsync(HttpListenerRequest request, string path)
    {
        var steady = Is(request.RawUrl, path + "v1/steady-state");
        if (!steady && !Is(request.RawUrl, path + "v1/pre-reboot"))
            return NotFound;
        if (request.HttpMethod != "POST" || request.Headers["fleet-lock-protocol"] != "true" || await ReadAsync(request) is not { } client)
            return BadRequest;
        if (!Is(client.Id, options.ClientId) || (options.Group is { } group && client.Group != group))
            return new FleetLockAnswer(403, "unknown_client", "this agent acts for another client: see fleet-lock in its agent.yaml");
        return steady ? await desk.SteadyStateAsync() : await desk.PreRebootAsync(Elsewhere());
    }

    private FleetLockAnswer Elsewhere() => run() is { IsOver: false } under
        ? new FleetLockAnswer(423, "not_at_restart", $"run {under.Run} stands at {under.Progress.Phase} {under.Progress.Step}, not at its restart")
        : new FleetLockAnswer(423, "no_run", "no run is under way for this host: its patch job waits, or there is none");

    private async Task<FleetLockClient?> ReadAsync(HttpListenerRequest request)
    {
        var body = new byte[LargestBody + 1];
        var length = 0;
        try
        {
            var deadline = time.GetTimestamp();
            for (int read; length < body.Length && (read = await request.InputStream.ReadAsync(body.AsMemory(length), CancellationToken.None)
                .AsTask().WaitAsync(BodyWithin - time.GetElapsedTime(deadline) is { Ticks: > 0 } left ? left : TimeSpan.Zero, time)) > 0;)
                length += read;
            return length <= LargestBody
                && JsonSerializer.Deserialize(body.AsSpan(0, length), FleetLockJson.Default.FleetLockRequest)?.ClientParams is { Id.Length: > 0, Group: not null } client
                && GroupName().IsMatch(client.Group) ? client : null;
        }
        catch (Exception exception) when (exception is JsonException or TimeoutException or IOException or HttpListenerException or ObjectDisposedException)
        {
            return null;
        }
    }

    private bool IsTooOften()
    {
        if (time.GetElapsedTime(periodStart) >= Period)
            (periodStart, inPeriod) = (time.GetTimestamp(), 0);
        return ++inPeriod > MostPerPeriod;
    }

    private static void Send(HttpListenerResponse response, FleetLockAnswer answer)
    {
        try
        {
            response.StatusCode = answer.Status;
            response.ContentType = "application/json";
            byte[] body = answer.Status == 200 ? [] : JsonSerializer.SerializeToUtf8Bytes(new FleetLockRefusal(answer.Kind, answer.Value), FleetLockJson.Default.FleetLockRefusal);
            response.Close(body, willBlock: false);
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // The client has gone; it asks again.
        }
    }

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
