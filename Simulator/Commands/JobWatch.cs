using System.Net.Http.Headers;
using System.Text.Json;
using PatchEdge.Simulator.Layout;
using PatchEdge.Simulator.Processes;

namespace PatchEdge.Simulator.Commands;

/// <summary>Tells how the patch jobs stand, and why those that wait do, as the scheduler's API answers.</summary>
internal sealed class JobWatch(DataFolder data, OutputMerger output, TimeProvider time)
{
    private const string Name = "jobs";
    private const int MostReasons = 3;
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, string> told = [];

    /// <summary>Last known state of every job, by id.</summary>
    public Dictionary<string, string> States { get; } = [];

    /// <summary>Whether there are jobs and all are done.</summary>
    public bool AllDone => States.Count > 0 && States.Values.All(state => state == "Done");

    /// <summary>The newest state of each host's job, asked for now; null when the scheduler does not answer.</summary>
    public async Task<IReadOnlyDictionary<string, string>?> AskAsync(CancellationToken cancelled)
    {
        try
        {
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
            var address = new Uri(await File.ReadAllTextAsync(data.SchedulerAddress, cancelled));
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(data.SchedulerToken, cancelled)).Trim());
            var states = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var job in (await GetAsync(http, new Uri(address, "/api/jobs"), cancelled)).EnumerateArray())
                states.TryAdd(Text(job, "host"), Text(job, "state"));
            return states;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException
            || (exception is TaskCanceledException && !cancelled.IsCancellationRequested))
        {
            return null;
        }
    }

    /// <summary>Until cancelled; a scheduler that is away is asked again.</summary>
    public async Task RunAsync(CancellationToken cancelled)
    {
        await Task.Yield();
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        using var timer = new PeriodicTimer(Pace, time);
        while (await timer.WaitForNextTickAsync(cancelled))
        {
            try
            {
                await LookAsync(http, cancelled);
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException
                || (exception is TaskCanceledException && !cancelled.IsCancellationRequested))
            {
                // It is starting, or was killed: its own lines say so.
            }
        }
    }

    private async Task LookAsync(HttpClient http, CancellationToken cancelled)
    {
        var address = new Uri(await File.ReadAllTextAsync(data.SchedulerAddress, cancelled));
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(data.SchedulerToken, cancelled)).Trim());
        foreach (var job in (await GetAsync(http, new Uri(address, "/api/jobs"), cancelled)).EnumerateArray())
        {
            var (id, state) = (Text(job, "id"), Text(job, "state"));
            States[id] = state;
            var news = state is "Requested" or "Approved" or "Armed"
                ? $"waits for {await ReasonsAsync(http, new Uri(address, $"/api/jobs/{Uri.EscapeDataString(id)}/why"), cancelled)}"
                : $"{state}: {Text(job, "reason")}";
            if (told.GetValueOrDefault(id) == news)
                continue;
            told[id] = news;
            output.Write(Name, $"{id} on {Text(job, "host")} {news}");
        }
    }

    private static async Task<string> ReasonsAsync(HttpClient http, Uri why, CancellationToken cancelled)
    {
        var blocking = (await GetAsync(http, why, cancelled)).GetProperty("verdicts").EnumerateArray()
            .Where(verdict => Text(verdict, "outcome") == "Block")
            .Select(verdict => Text(verdict, "gate") == "line-idle"
                ? $"line {Text(verdict, "subject")} ({Text(verdict, "value")})"
                : $"{Text(verdict, "gate")} {Text(verdict, "subject")}".TrimEnd())
            .ToList();
        return blocking.Count switch
        {
            0 => "its agent",
            <= MostReasons => string.Join("; ", blocking),
            _ => string.Join("; ", blocking.Take(MostReasons)) + $"; and {blocking.Count - MostReasons} more",
        };
    }

    private static async Task<JsonElement> GetAsync(HttpClient http, Uri address, CancellationToken cancelled)
    {
        using var response = await http.GetAsync(address, cancelled);
        response.EnsureSuccessStatusCode();
        using var document = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancelled), cancellationToken: cancelled);
        return document.RootElement.Clone();
    }

    private static string Text(JsonElement element, string property) =>
        element.TryGetProperty(property, out var value) ? value.ToString() : "";
}
