using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using PatchEdge.Simulator.Layout;
using PatchEdge.Simulator.Processes;

namespace PatchEdge.Simulator.Commands;

/// <summary>The plant's quality assurance: an account of its own, made by the first administrator, which signs the simulated jobs with name and password as a person would.</summary>
internal sealed partial class SimulatedApprover(DataFolder data, OutputMerger output, TimeProvider time) : IDisposable
{
    private const string Name = "simulated-qa";
    private static readonly string[] Roles = ["Approver"];
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    /// <summary>Ten passwords a minute may be tried from one address.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(15);

    private readonly HttpClient http = new(new SocketsHttpHandler { UseCookies = true, CookieContainer = new CookieContainer(), UseProxy = false }) { Timeout = TimeSpan.FromSeconds(30) };
    private readonly HashSet<string> told = [];

    /// <summary>Until cancelled; a scheduler that is away is asked again.</summary>
    public async Task RunAsync(CancellationToken cancelled)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(Pace, time);
        string? password = null;
        while (await timer.WaitForNextTickAsync(cancelled))
        {
            try
            {
                var address = new Uri(await File.ReadAllTextAsync(data.SchedulerAddress, cancelled));
                password ??= await PasswordAsync(address, cancelled);
                if (password is null)
                    return;
                await SignAllAsync(address, password, cancelled);
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException
                || (exception is TaskCanceledException && !cancelled.IsCancellationRequested))
            {
                // It is starting, or was killed: its own lines say so.
                if (password is null)
                    await Task.Delay(Rest, time, cancelled);
            }
        }
    }

    public void Dispose() => http.Dispose();

    /// <summary>Null when nobody can make the account: the jobs then wait for a person.</summary>
    private async Task<string?> PasswordAsync(Uri address, CancellationToken cancelled)
    {
        if (File.Exists(data.ApproverPassword))
            return (await File.ReadAllTextAsync(data.ApproverPassword, cancelled)).Trim();
        var administrator = File.Exists(data.FirstAdministrator) ? Administrator().Match(await File.ReadAllTextAsync(data.FirstAdministrator, cancelled)) : Match.Empty;
        if (!administrator.Success || !await SignInAsync(address, administrator.Groups["name"].Value, administrator.Groups["password"].Value, cancelled))
        {
            output.Write(Name, "cannot make an account to approve with, since the first administrator's password is not known: approve the jobs at the console");
            return null;
        }

        using var made = await http.PostAsJsonAsync(new Uri(address, "/api/accounts"), new { name = Name, roles = Roles }, cancelled);
        if (made.StatusCode == HttpStatusCode.Conflict)
        {
            // An earlier start was cut off between the account and its password.
            using var reset = await http.PostAsync(new Uri(address, $"/api/accounts/{Name}/password"), null, cancelled);
            return await ChooseAsync(address, reset, cancelled);
        }

        return await ChooseAsync(address, made, cancelled);
    }

    /// <summary>A password that somebody else has seen signs nothing: the account chooses its own.</summary>
    private async Task<string> ChooseAsync(Uri address, HttpResponseMessage given, CancellationToken cancelled)
    {
        given.EnsureSuccessStatusCode();
        var initial = (await given.Content.ReadFromJsonAsync<JsonElement>(cancelled)).GetProperty("password").GetString()!;
        if (!await SignInAsync(address, Name, initial, cancelled))
            throw new HttpRequestException("the new account is not let in");
        var password = RandomNumberGenerator.GetHexString(24, lowercase: true);
        using var changed = await http.PostAsJsonAsync(new Uri(address, "/session/password"), new { current = initial, next = password }, cancelled);
        changed.EnsureSuccessStatusCode();
        data.WriteSecret(Path.GetFileName(data.ApproverPassword), password);
        return password;
    }

    private async Task<bool> SignInAsync(Uri address, string name, string password, CancellationToken cancelled)
    {
        using var session = await http.PostAsJsonAsync(new Uri(address, "/session"), new { name, password }, cancelled);
        if (session.StatusCode == HttpStatusCode.Unauthorized)
            return false;
        session.EnsureSuccessStatusCode();
        return true;
    }

    private async Task SignAllAsync(Uri address, string password, CancellationToken cancelled)
    {
        var token = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(data.SchedulerToken, cancelled)).Trim());
        using var asking = new HttpRequestMessage(HttpMethod.Get, new Uri(address, "/api/jobs")) { Headers = { Authorization = token } };
        using var jobs = await http.SendAsync(asking, cancelled);
        jobs.EnsureSuccessStatusCode();
        foreach (var job in (await jobs.Content.ReadFromJsonAsync<JsonElement>(cancelled)).EnumerateArray().Where(IsMine))
        {
            var id = job.GetProperty("id").GetString()!;
            using var signing = new HttpRequestMessage(HttpMethod.Post, new Uri(address, $"/api/jobs/{Uri.EscapeDataString(id)}/approve"))
            {
                Headers = { Authorization = token },
                Content = JsonContent.Create(new { content = job.GetProperty("contentHash").GetString(), name = Name, password }),
            };
            using var answer = await http.SendAsync(signing, cancelled);
            if (told.Add(id))
                output.Write(Name, answer.IsSuccessStatusCode ? $"signs {id}" : $"cannot sign {id}: {await answer.Content.ReadAsStringAsync(cancelled)}");
        }
    }

    private static bool IsMine(JsonElement job) =>
        job.GetProperty("state").GetString() == "Requested" && job.GetProperty("requestedBy").GetString() == ConfigurationWriter.Requester && job.GetProperty("approvedBy").GetArrayLength() == 0;

    [GeneratedRegex(@"First administrator: (?<name>\S+)\s+password: (?<password>\S+)")]
    private static partial Regex Administrator();
}
