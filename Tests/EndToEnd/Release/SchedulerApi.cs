using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PatchEdge.EndToEnd.Release;

/// <summary>The scheduler's API, asked as the local command line asks it.</summary>
internal sealed class SchedulerApi : IDisposable
{
    private readonly HttpClient http;

    /// <param name="data">The scheduler's data directory, once it listens.</param>
    public SchedulerApi(string data)
    {
        http = new HttpClient { BaseAddress = new Uri(File.ReadAllText(Path.Combine(data, "local-api.address")).Trim()) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", File.ReadAllText(Path.Combine(data, "local-api.token")).Trim());
    }

    public async Task<JsonNode> WhyAsync(string job) => (await http.GetFromJsonAsync<JsonNode>($"/api/jobs/{job}/why"))!;

    public async Task<string> StateAsync(string job)
    {
        using var response = await http.GetAsync(new Uri($"/api/jobs/{job}", UriKind.Relative));
        return response.IsSuccessStatusCode ? (string)(await response.Content.ReadFromJsonAsync<JsonNode>())!["state"]! : "absent";
    }

    /// <summary>What the line-idle gate says of a line.</summary>
    public static JsonNode LineVerdict(JsonNode why, string line) => why["verdicts"]!.AsArray()
        .Single(verdict => ((string)verdict!["gate"]!).StartsWith("line", StringComparison.OrdinalIgnoreCase)
            && verdict.ToJsonString().Contains(line, StringComparison.Ordinal)
            && ((string)verdict["gate"]!).Contains("idle", StringComparison.OrdinalIgnoreCase))!;

    public async Task<JsonNode> LinesAsync() => (await http.GetFromJsonAsync<JsonNode>("/api/lines"))!;

    public async Task<JsonElement> GetAsync(string path) => await http.GetFromJsonAsync<JsonElement>(path);

    public void Dispose() => http.Dispose();
}
