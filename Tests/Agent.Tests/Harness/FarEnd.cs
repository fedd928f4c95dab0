using System.Net;
using System.Text;

namespace PatchEdge.Agent.Tests.Harness;

/// <summary>Plays AWX: an HTTP server on the loopback that answers what the test says, one request after the other.</summary>
internal sealed class FarEnd : IAsyncDisposable
{
    private readonly HttpListener listener = new();
    private readonly Func<Call, (int Status, string Body)?> answer;
    private readonly Lock gate = new();
    private readonly List<Call> calls = [];
    private readonly Task work;

    /// <param name="answer">Null drops the connection.</param>
    public FarEnd(Func<Call, (int Status, string Body)?> answer)
    {
        this.answer = answer;
        Url = $"http://127.0.0.1:{FreePorts.One()}/";
        listener.Prefixes.Add(Url);
        listener.Start();
        work = ServeAsync();
    }

    public string Url { get; }

    public IReadOnlyList<Call> Calls
    {
        get
        {
            lock (gate)
                return [.. calls];
        }
    }

    public async ValueTask DisposeAsync()
    {
        listener.Stop();
        await work;
        listener.Close();
    }

    private async Task ServeAsync()
    {
        while (listener.IsListening)
        {
            try
            {
                var context = await listener.GetContextAsync();
                using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
                var call = new Call(
                    context.Request.HttpMethod, context.Request.RawUrl!, await reader.ReadToEndAsync(),
                    context.Request.Headers["PatchEdge-Signature"] ?? "", context.Request.Headers["Idempotency-Key"] ?? "");
                lock (gate)
                    calls.Add(call);
                if (answer(call) is not { } given)
                {
                    context.Response.Abort();
                    continue;
                }

                context.Response.StatusCode = given.Status;
                if (given.Status is >= 300 and < 400)
                    context.Response.RedirectLocation = given.Body;
                context.Response.Close(Encoding.UTF8.GetBytes(given.Body), willBlock: true);
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                // Stopped, or the caller went away.
            }
        }
    }
}

/// <summary>A request as it came.</summary>
internal sealed record Call(string Method, string Path, string Body, string Signature, string Key);
