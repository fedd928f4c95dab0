using System.Net.Http.Json;
using Microsoft.Playwright;
using PatchEdge.EndToEnd.Release;
using PatchEdge.Plant.Files;

namespace PatchEdge.EndToEnd.WebConsole;

/// <summary>The scheduler as a process, started in a folder that is not its own, and Debian's browser at its console.</summary>
internal sealed class ConsoleUnderTest : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder folder = new();
    private readonly List<string> complaints = [];
    private readonly List<IAsyncDisposable> running = [];
    private IPlaywright? playwright;
    private IBrowser browser = null!;

    public RunningProgram Scheduler { get; private set; } = null!;

    public SpokenFor Plant { get; private set; } = null!;

    public string Address { get; private set; } = "";

    public static string Password => SchedulerApi.Password;

    /// <summary>Errors and warnings of every page so far, refusals by the content policy among them.</summary>
    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock (complaints)
                return [.. complaints];
        }
    }

    public static async Task<ConsoleUnderTest> StartAsync()
    {
        var chromium = Installed.Require("chromium", "chromium");
        var console = new ConsoleUnderTest();
        try
        {
            await console.StartAsync(chromium);
            return console;
        }
        catch
        {
            await console.DisposeAsync();
            throw;
        }
    }

    /// <summary>A new visitor's page: no cookies yet.</summary>
    public async Task<IPage> PageAsync(ColorScheme scheme = ColorScheme.Light, int width = 1360)
    {
        var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            ColorScheme = scheme,
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
            TimezoneId = "Europe/Berlin",
        });
        context.SetDefaultTimeout((float)Patience.TotalMilliseconds);
        var page = await context.NewPageAsync();
        page.Console += (_, message) => Complain(message.Type is "error" or "warning", message.Text);
        page.PageError += (_, message) => Complain(true, message);
        return page;
    }

    public async Task<IPage> SignedInAsync(ColorScheme scheme = ColorScheme.Light, int width = 1360, string name = "admin")
    {
        var page = await PageAsync(scheme, width);
        await page.GotoAsync(Address);
        await SignInAsync(page, Password, name);
        await page.GetByRole(AriaRole.Heading, new() { Name = "Overview" }).WaitForAsync();
        await LiveAsync(page);
        return page;
    }

    public static async Task SignInAsync(IPage page, string password, string name = "admin")
    {
        await page.GetByLabel("Name").FillAsync(name);
        await page.GetByLabel("Password").FillAsync(password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }

    /// <summary>A job file appears, as an engineer would put it there.</summary>
    public void AddJob(string id, string host) => folder.Write($"config/jobs/{id}.yaml", $"""
        host: {host}
        procedure: install-update
        patch: {"{"} name: "Update of {host}", digest: {new string('b', 64)} {"}"}
        expected-duration: 5m
        requested-by: Erika

        """);

    /// <summary>Keeps a picture of the page in the folder that PATCHEDGE_SHOTS names; nothing without it.</summary>
    public static async Task ShotAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("PATCHEDGE_SHOTS") is { Length: > 0 } shots)
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(shots, name + ".png"), FullPage = true });
    }

    /// <summary>Another person's account, whose password is the administrator's too.</summary>
    public async Task AddAccountAsync(string name, string role)
    {
        using var http = new HttpClient { BaseAddress = new Uri(Address) };
        using var admin = await http.PostAsJsonAsync("session", new { name = "admin", password = Password });
        using var added = await http.PostAsJsonAsync("api/accounts", new { name, roles = new[] { role } });
        var initial = (string)System.Text.Json.Nodes.JsonNode.Parse(await added.Content.ReadAsStringAsync())!["password"]!;
        using var session = await http.PostAsJsonAsync("session", new { name, password = initial });
        using var changed = await http.PostAsJsonAsync("session/password", new { current = initial, next = Password });
        changed.EnsureSuccessStatusCode();
    }

    /// <summary>The page has its connection: the clock on it moves.</summary>
    public static async Task LiveAsync(IPage page)
    {
        var before = await page.Locator(".as-of").InnerTextAsync();
        await page.WaitForFunctionAsync("before => document.querySelector('.as-of').innerText !== before", before);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var item in Enumerable.Reverse(running))
            await item.DisposeAsync();
        playwright?.Dispose();
        folder.Dispose();
    }

    private async Task StartAsync(string chromium)
    {
        var ports = FreePorts.Several(2);
        var plant = folder.Write("config/plant.yaml", await File.ReadAllTextAsync(Path.Combine(Repository.Root, "config", "plant.yaml")));
        folder.Write("config/scheduler.yaml", $$"""
            data: {{folder.File("data")}}
            listen: http://127.0.0.1:{{ports[0]}}
            mqtt: { embedded: { listen: 127.0.0.1:{{ports[1]}} } }
            """);
        folder.Write("config/jobs/update-7.yaml", $"""
            host: filling-hmi
            procedure: install-update
            patch: {"{"} name: "<b>Update 7</b>", digest: {new string('a', 64)} {"}"}
            requested-by: Erika
            """);
        Address = $"http://127.0.0.1:{ports[0]}/";
        Scheduler = RunningProgram.StartOwn("scheduler", "Scheduler", "patchedge-scheduler", "run", "--config", folder.File("config"));
        running.Add(Scheduler);
        await Scheduler.LineAsync(@"^First administrator: admin  password: (\S+)  \(shown once; change it after signing in\)$", Patience);
        await Scheduler.LineAsync("Now listening on", Patience);
        await SchedulerApi.ChoosePasswordAsync(Scheduler, new Uri(Address));
        Plant = await SpokenFor.ConnectAsync(ports[1], folder.File("config", "secrets", "mqtt"), PlantFile.Read(plant).Hash);
        running.Add(Plant);
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = chromium,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        });
        running.Add(browser);
    }

    private void Complain(bool matters, string text)
    {
        if (matters)
            lock (complaints)
                complaints.Add(text);
    }
}
