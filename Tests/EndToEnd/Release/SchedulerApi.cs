using System.Net.Http.Json;
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

    public async Task<JsonNode> LinesAsync() => (await http.GetFromJsonAsync<JsonNode>("/api/lines"))!;

    public void Dispose() => http.Dispose();
}
