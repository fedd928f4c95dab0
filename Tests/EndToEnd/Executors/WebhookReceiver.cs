using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PatchEdge.Plant.Files;

namespace PatchEdge.EndToEnd.Executors;

/// <summary>The far end of a webhook, as somebody would write one from the documentation: over TLS, believes only what is signed with the secret, and says how it goes when it is asked.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    public const string Secret = "a secret that both ends know, 0123";

    private readonly WebApplication app;
    private int polls;

    private WebhookReceiver(WebApplication app) => this.app = app;

    public string Url => app.Urls.First() + "/update";

    /// <summary>Bodies of the calls that began an update, with when they came.</summary>
    public ConcurrentQueue<(DateTimeOffset At, JsonNode Body)> Calls { get; } = [];

    /// <summary>Requests that were not signed with the secret, or long ago.</summary>
    public ConcurrentQueue<string> Forged { get; } = [];

    public static async Task<WebhookReceiver> StartAsync(TlsFiles own)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        var certificate = own.Load();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        var receiver = new WebhookReceiver(builder.Build());
        receiver.app.Run(receiver.AnswerAsync);
        await receiver.app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        var signed = HttpMethods.IsPost(context.Request.Method) ? body : context.Request.Path + context.Request.QueryString;
        if (!IsSigned(context.Request.Headers["PatchEdge-Signature"].ToString(), signed))
        {
            Forged.Enqueue($"{context.Request.Method} {context.Request.Path}");
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        if (HttpMethods.IsPost(context.Request.Method))
        {
            Calls.Enqueue((TimeProvider.System.GetUtcNow(), JsonNode.Parse(body)!));
            context.Response.StatusCode = StatusCodes.Status202Accepted;
            await context.Response.WriteAsync("""{"status":"running","poll":"/jobs/1?token=x"}""");
        }
        else
        {
            await context.Response.WriteAsync(Interlocked.Increment(ref polls) < 2 ? """{"status":"running"}""" : """{"status":"succeeded","output":"updated"}""");
        }
    }

    /// <summary><c>t=SECONDS,v1=HEX</c>: HMAC-SHA256 over the seconds, a full stop and the content.</summary>
    private static bool IsSigned(string header, string content)
    {
        var parts = header.Split(',');
        return parts is [var t, var v1] && t.StartsWith("t=", StringComparison.Ordinal) && long.TryParse(t[2..], out var seconds)
            && (TimeProvider.System.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(seconds)).Duration() < TimeSpan.FromMinutes(5)
            && v1 == "v1=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes($"{t[2..]}.{content}")));
    }
}
