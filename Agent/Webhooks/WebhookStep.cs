using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Text;
using System.Text.Json;
using PatchEdge.Agent.Execution;
using PatchEdge.Agent.Procedures;
using PatchEdge.Plant.Files;

namespace PatchEdge.Agent.Webhooks;

/// <summary>Runs one step by handing it to a far end: one signed POST, then polls at a bounded pace until it has ended or the step's time is over.</summary>
/// <remarks>
/// The POST is sent once: its go-ahead is for now, not for whenever a network heals. What certainly did not arrive has not started;
/// what may have arrived and says nothing clear leaves the outcome unknown, since the far end may still be at work.
/// </remarks>
internal sealed class WebhookStep : IDisposable
{
    private const int LargestAnswer = 64 * 1024;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly Webhook webhook;
    private readonly string secret;
    private readonly TimeProvider time;
    private readonly HttpClient http;

    private WebhookStep(Webhook webhook, string secret, SslClientAuthenticationOptions trust, TimeProvider time)
    {
        this.webhook = webhook;
        this.secret = secret;
        this.time = time;
        http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ConnectTimeout = webhook.RequestTimeout / 2,
            MaxResponseHeadersLength = 32,
            SslOptions = trust,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = LargestAnswer,
        };
    }

    /// <inheritdoc cref="StepRunner"/>
    public static async Task<StepResult> RunAsync(
        Step step, string folder, IReadOnlyDictionary<string, string> variables, Action<ChildIdentity> started, TimeProvider time, CancellationToken interrupt)
    {
        string secret;
        SslClientAuthenticationOptions trust;
        try
        {
            secret = SecretFile.ReadText(Path.GetFullPath(step.Webhook!.SecretFile, folder));
            trust = WebhookTrust.Options(step.Webhook.Authorities is { } file ? Path.GetFullPath(file, folder) : null);
        }
        catch (ConfigurationException exception)
        {
            return new StepResult(StepEnd.NotStarted, null, exception.Message);
        }

        using var call = new WebhookStep(step.Webhook, secret, trust, time);
        using var deadline = new CancellationTokenSource(step.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, interrupt);
        try
        {
            return await call.FollowAsync(variables, either.Token);
        }
        catch (OperationCanceledException) when (interrupt.IsCancellationRequested)
        {
            return new StepResult(StepEnd.Interrupted, null, "");
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return Unclear($"the far end gave no final answer within {step.Timeout}");
        }
    }

    public void Dispose() => http.Dispose();

    private async Task<StepResult> FollowAsync(IReadOnlyDictionary<string, string> variables, CancellationToken stop)
    {
        var (answer, end) = await BeginAsync(variables, stop);
        var asked = new Uri(webhook.Url);
        var polls = false;
        var failed = 0;
        while (end is null)
        {
            switch (answer)
            {
                case { Status: WebhookStatus.Succeeded }:
                    return new StepResult(StepEnd.Exited, 0, Output.Bounded(answer.Output ?? ""));
                case { Status: WebhookStatus.Failed }:
                    return new StepResult(StepEnd.Failed, null, Output.Bounded(answer.Output ?? ""));
                case { Status: WebhookStatus.None }:
                    return Unclear("the far end's answer has no status of succeeded, failed or running");
                case { Poll: { } poll }:
                    if (!Uri.TryCreate(asked, poll, out var next) || next.UserInfo.Length > 0
                        || next.GetLeftPart(UriPartial.Authority) != asked.GetLeftPart(UriPartial.Authority))
                        return Unclear("the far end says to poll elsewhere than at its own origin");
                    (asked, polls) = (next, true);
                    break;
                default:
                    if (!polls)
                        return Unclear("the far end says that it is running, and names no poll");
                    break;
            }

            await Task.Delay(Pause(failed), time, stop);
            answer = await PollAsync(asked, stop);
            failed = answer is null ? failed + 1 : 0;
        }

        return end;
    }

    /// <summary>A far end that does not answer is asked less and less often, until the step's time is over.</summary>
    private TimeSpan Pause(int failed)
    {
        var longest = webhook.PollEvery > LongestPause ? webhook.PollEvery : LongestPause;
        var pause = webhook.PollEvery * (1 << Math.Min(failed, 16));
        return pause < longest ? pause : longest;
    }

    /// <summary>The far end's first answer, or how the step ended without one.</summary>
    private async Task<(WebhookAnswer? Answer, StepResult? End)> BeginAsync(IReadOnlyDictionary<string, string> variables, CancellationToken stop)
    {
        var call = Describe(variables);
        var body = JsonSerializer.SerializeToUtf8Bytes(call, WebhookJson.Default.WebhookCall);
        using var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("Idempotency-Key", call.IdempotencyKey);
        request.Headers.Add(WebhookSignature.Header, WebhookSignature.Of(secret, time.GetUtcNow(), body));
        using var patience = new CancellationTokenSource(webhook.RequestTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop);
        try
        {
            using var response = await http.SendAsync(request, either.Token);
            return response.StatusCode switch
            {
                >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices => (await ReadAsync(response, stop), null),
                HttpStatusCode.RequestTimeout or HttpStatusCode.Conflict or >= HttpStatusCode.InternalServerError or < HttpStatusCode.OK =>
                    (null, Unclear($"the far end answered {(int)response.StatusCode}")),
                _ => (null, NotStarted($"the far end refused it with {(int)response.StatusCode}" + (response.Headers.Location is null ? "" : "; redirects are not followed"))),
            };
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError is HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError)
        {
            return (null, NotStarted("the far end was not reached: " + exception.Message));
        }
        catch (HttpRequestException exception)
        {
            return (null, Unclear("the far end may have taken it: " + exception.Message));
        }
        catch (OperationCanceledException exception) when (!either.IsCancellationRequested && exception.InnerException is TimeoutException)
        {
            return (null, NotStarted($"no connection to the far end came about within {webhook.RequestTimeout / 2}"));
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return (null, Unclear($"the far end did not answer within {webhook.RequestTimeout}"));
        }
    }

    /// <summary>Null when there was no answer to read: it is asked again, until the step's time is over.</summary>
    private async Task<WebhookAnswer?> PollAsync(Uri url, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Add(WebhookSignature.Header, WebhookSignature.Of(secret, time.GetUtcNow(), Encoding.ASCII.GetBytes(url.PathAndQuery)));
        using var patience = new CancellationTokenSource(webhook.RequestTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop);
        try
        {
            using var response = await http.SendAsync(request, either.Token);
            return response.IsSuccessStatusCode ? await ReadAsync(response, stop) : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return null;
        }
    }

    private static async Task<WebhookAnswer> ReadAsync(HttpResponseMessage response, CancellationToken stop)
    {
        try
        {
            return JsonSerializer.Deserialize(await response.Content.ReadAsByteArrayAsync(stop), WebhookJson.Default.WebhookAnswer) ?? new WebhookAnswer();
        }
        catch (JsonException)
        {
            return new WebhookAnswer();
        }
    }

    private static WebhookCall Describe(IReadOnlyDictionary<string, string> variables) => new()
    {
        Site = variables[StepVariables.Site],
        Host = variables[StepVariables.Host],
        Run = variables[StepVariables.Run],
        Token = long.Parse(variables[StepVariables.Token], CultureInfo.InvariantCulture),
        Lines = [.. variables[StepVariables.Lines].Split('\n', StringSplitOptions.RemoveEmptyEntries)],
        Step = variables[StepVariables.Step],
        PatchDigest = variables[StepVariables.PatchDigest],
        Permit = variables[StepVariables.Permit],
        // A step's name may hold what a header cannot.
        IdempotencyKey = $"{variables[StepVariables.Run]}/{variables[StepVariables.Token]}/{Uri.EscapeDataString(variables[StepVariables.Step])}",
    };

    private static StepResult Unclear(string why) => new(StepEnd.Unclear, null, why);

    private static StepResult NotStarted(string why) => new(StepEnd.NotStarted, null, why);
}
