using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace PatchEdge.EndToEnd.Release;

/// <summary>The scheduler's API, asked as the local command line asks it; what needs a signature, as an account with a password.</summary>
internal sealed class SchedulerApi : IDisposable
{
    /// <summary>The first administrator's, once they have chosen one.</summary>
    public const string Password = "correct horse battery";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient http;

    /// <param name="data">The scheduler's data directory, once it listens.</param>
    public SchedulerApi(string data)
    {
        http = new HttpClient { BaseAddress = new Uri(File.ReadAllText(Path.Combine(data, "local-api.address")).Trim()) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", File.ReadAllText(Path.Combine(data, "local-api.token")).Trim());
    }

    /// <summary>The first administrator chooses a password, without which nothing they sign counts.</summary>
    /// <param name="scheduler">Printed the initial one.</param>
    /// <param name="address">Where it listens.</param>
    public static async Task ChoosePasswordAsync(RunningProgram scheduler, Uri address)
    {
        var initial = (await scheduler.LineAsync(@"First administrator: admin  password: (\S+) ", Patience)).Groups[1].Value;
        using var admin = new HttpClient { BaseAddress = address };
        using var session = await admin.PostAsJsonAsync("/session", new { name = "admin", password = initial });
        session.EnsureSuccessStatusCode();
        using var changed = await admin.PostAsJsonAsync("/session/password", new { current = initial, next = Password });
        changed.EnsureSuccessStatusCode();
    }

    public Uri Address => http.BaseAddress!;

    public async Task<JsonNode> WhyAsync(string job) => (await http.GetFromJsonAsync<JsonNode>($"/api/jobs/{job}/why"))!;

    public async Task<string> StateAsync(string job)
    {
        using var response = await http.GetAsync(new Uri($"/api/jobs/{job}", UriKind.Relative));
        return response.IsSuccessStatusCode ? (string)(await response.Content.ReadFromJsonAsync<JsonNode>())!["state"]! : "absent";
    }

    /// <summary>The first administrator, having chosen a password, signs a job once it is there.</summary>
    public async Task ApproveAsync(string job, RunningProgram scheduler)
    {
        await ChoosePasswordAsync(scheduler);
        await SignAsync(job, () => scheduler.Output);
    }

    /// <inheritdoc cref="ChoosePasswordAsync(RunningProgram, Uri)"/>
    public Task ChoosePasswordAsync(RunningProgram scheduler) => ChoosePasswordAsync(scheduler, http.BaseAddress!);

    /// <summary>The same, once they have.</summary>
    public async Task SignAsync(string job, Func<string> output) => Assert.True(await TrySignAsync(job, output), $"job {job} was not signed: {output()}");

    /// <returns>False when it did not happen.</returns>
    public async Task<bool> TrySignAsync(string job, Func<string> output)
    {
        await Eventually.TrueAsync($"job {job} is there", async () => await StateAsync(job) != "absent", Patience, output);
        var content = (string)(await http.GetFromJsonAsync<JsonNode>($"/api/jobs/{job}"))!["contentHash"]!;
        using var response = await http.PostAsJsonAsync($"/api/jobs/{job}/approve", new { content, name = "admin", password = Password });
        return response.IsSuccessStatusCode;
    }

    /// <summary>How many entries of the ledger say this of that.</summary>
    public async Task<int> EntriesAsync(string action, string subject)
    {
        var found = 0;
        for (var before = long.MaxValue; before > 1;)
        {
            var page = (await http.GetFromJsonAsync<JsonNode>($"/api/ledger?before={before}"))!.AsArray();
            found += page.Count(entry => (string?)entry!["entry"]!["action"] == action && (string?)entry["entry"]!["subject"] == subject);
            before = page.Count == 0 ? 0 : (long)page[^1]!["index"]!;
        }

        return found;
    }

    public async Task<JsonNode> LinesAsync() => (await http.GetFromJsonAsync<JsonNode>("/api/lines"))!;

    public void Dispose() => http.Dispose();
}
