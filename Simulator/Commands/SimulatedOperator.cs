using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using PatchEdge.Simulator.Layout;
using PatchEdge.Simulator.Processes;

namespace PatchEdge.Simulator.Commands;

/// <summary>
/// The plant's operator: a run that was given up safely (its agent heard no go-ahead and rolled back, say) is looked at and asked for again,
/// a few times, as <c>patchedge-scheduler retry</c> does. What is quarantined stays so: that is for two people who have seen the host.
/// </summary>
internal sealed class SimulatedOperator(DataFolder data, OutputMerger output, TimeProvider time) : IDisposable
{
    private const string Name = "operator";
    private const int MostRetries = 3;
    private const string PersonHeader = "X-PatchEdge-Person";
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(10) };
    private readonly Dictionary<string, int> retries = new(StringComparer.Ordinal);

    /// <summary>Until cancelled; a scheduler that is away is asked again.</summary>
    public async Task RunAsync(CancellationToken cancelled)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(Pace, time);
        while (await timer.WaitForNextTickAsync(cancelled))
        {
            try
            {
                await LookAsync(cancelled);
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException
                || (exception is TaskCanceledException && !cancelled.IsCancellationRequested))
            {
                // It is starting, or was killed: its own lines say so.
            }
        }
    }

    public void Dispose() => http.Dispose();

    private async Task LookAsync(CancellationToken cancelled)
    {
        var address = new Uri(await File.ReadAllTextAsync(data.SchedulerAddress, cancelled));
        var token = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(data.SchedulerToken, cancelled)).Trim());
        using var asking = new HttpRequestMessage(HttpMethod.Get, new Uri(address, "/api/jobs")) { Headers = { Authorization = token } };
        using var jobs = await http.SendAsync(asking, cancelled);
        jobs.EnsureSuccessStatusCode();
        foreach (var job in (await jobs.Content.ReadFromJsonAsync<JsonElement>(cancelled)).EnumerateArray().Where(CameToNothing))
        {
            var (id, reason) = (job.GetProperty("id").GetString()!, job.GetProperty("reason").GetString());
            var tried = retries.GetValueOrDefault(id);
            if (tried >= MostRetries)
                continue;
            using var retrying = new HttpRequestMessage(HttpMethod.Post, new Uri(address, $"/api/jobs/{Uri.EscapeDataString(id)}/retry"))
            {
                Headers = { Authorization = token },
                Content = JsonContent.Create(new { reason = "looked at; nothing was left half done" }),
            };
            retrying.Headers.Add(PersonHeader, Name);
            using var answer = await http.SendAsync(retrying, cancelled);
            if (!answer.IsSuccessStatusCode)
                continue;
            retries[id] = tried + 1;
            output.Write(Name, $"tries {id} again, which was {job.GetProperty("state").GetString()}: {reason}");
        }
    }

    private static bool CameToNothing(JsonElement job) =>
        job.GetProperty("state").GetString() is "Aborted" or "Expired" && job.GetProperty("requestedBy").GetString() == ConfigurationWriter.Requester;
}
