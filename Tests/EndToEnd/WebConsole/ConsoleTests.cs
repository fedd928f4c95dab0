using System.Text.RegularExpressions;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using PatchEdge.Plant.Lines;
using static Microsoft.Playwright.Assertions;

namespace PatchEdge.EndToEnd.WebConsole;

public sealed partial class ConsoleTests
{
    static ConsoleTests() => SetDefaultExpectTimeout((float)ConsoleUnderTest.Patience.TotalMilliseconds);

    [Fact]
    public async Task Page_shows_lines_hosts_and_jobs_and_follows_the_plant_without_reloading()
    {
        await using var console = await ConsoleUnderTest.StartAsync();
        await console.Plant.BeatAsync();
        await console.Plant.ReportAsync("Filling", LineState.Active, "B-4711", "Not idle: the filler is 6 Execute");
        var page = await console.PageAsync();
        await page.GotoAsync(console.Address);
        await ConsoleUnderTest.SignInAsync(page, "not the password");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("That did not work");
        await ConsoleUnderTest.SignInAsync(page, ConsoleUnderTest.Password);

        var line = page.Locator("tbody", new() { Has = page.GetByRole(AriaRole.Button, new() { Name = "Filling", Exact = true }) });
        await Expect(line).ToContainTextAsync("B-4711");
        await Expect(line.Locator(".chip")).ToHaveTextAsync("Active");
        await Expect(line).ToContainTextAsync(Old());
        await Expect(Host(page, "filling-hmi")).ToContainTextAsync("Ready");
        await Expect(Host(page, "packaging-hmi")).ToContainTextAsync("Not heard");
        await Expect(page.Locator(".job")).ToContainTextAsync("<b>Update 7</b>");
        await ConsoleUnderTest.LiveAsync(page);
        await page.EvaluateAsync("() => window.loadedOnce = true");

        await console.Plant.ReportAsync("Filling", LineState.Idle, "", "Idle: every condition has held");

        await Expect(line.Locator(".chip")).ToHaveTextAsync("Idle");
        await Expect(line).Not.ToContainTextAsync("B-4711");
        Assert.True(await page.EvaluateAsync<bool>("() => window.loadedOnce === true"));
        Assert.Empty(console.Complaints);
    }

    [Fact]
    public async Task Job_says_in_full_why_it_waits_and_people_act_on_it()
    {
        await using var console = await ConsoleUnderTest.StartAsync();
        await console.Plant.ReportAsync("Filling", LineState.Active, "B-4711", "Not idle: the filler is 6 Execute");
        var page = await console.SignedInAsync();
        var onlooker = await console.SignedInAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "update-7" }).ClickAsync();
        var gates = page.Locator("table.gates tbody tr");
        await Expect(gates.Filter(new() { HasText = "line idle" })).ToContainTextAsync("Active, batch B-4711");
        await Expect(gates.Filter(new() { HasText = "line idle" })).ToContainTextAsync("production");
        var answers = await gates.Locator(".chip").AllInnerTextsAsync();
        Assert.True(answers.Count >= 15, $"{answers.Count} gates");
        Assert.Equal(answers.Order(StringComparer.Ordinal), answers);

        await page.GetByRole(AriaRole.Button, new() { Name = "Approve…" }).ClickAsync();
        await page.GetByLabel("Your name, to sign").FillAsync("admin");
        await page.GetByLabel("Your password, to sign").FillAsync(ConsoleUnderTest.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Approve", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status).Filter(new() { HasText = "approved by admin" })).ToBeVisibleAsync();
        await Expect(onlooker.Locator(".job .chip")).ToHaveTextAsync("Armed");

        await page.GotoAsync(console.Address + "jobs/new");
        await page.GetByLabel("Id").FillAsync("mine-1");
        await page.GetByLabel("Host").SelectOptionAsync("packaging-hmi");
        await page.GetByLabel("Procedure").FillAsync("install-update");
        await page.GetByLabel("Patch name").FillAsync("Update 8");
        await page.GetByLabel("SHA-256 of the patch").FillAsync(new string('c', 64));
        await page.GetByRole(AriaRole.Button, new() { Name = "Add the job" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "mine-1" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Approve…" }).ClickAsync();
        await page.GetByLabel("Your name, to sign").FillAsync("admin");
        await page.GetByLabel("Your password, to sign").FillAsync(ConsoleUnderTest.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Approve", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("cannot approve it too");

        await page.GetByRole(AriaRole.Button, new() { Name = "Emergency stop…" }).ClickAsync();
        await page.GetByLabel("Reason, for the record").FillAsync("smoke in the filling room");
        await page.GetByRole(AriaRole.Button, new() { Name = "Stop all releases" }).ClickAsync();
        await Expect(onlooker.Locator(".stop-bar")).ToContainTextAsync("smoke in the filling room");
        await page.GotoAsync(console.Address + "ledger");
        await Expect(page.Locator("table.ledger tbody tr").First).ToContainTextAsync("smoke in the filling room");
        await page.GetByRole(AriaRole.Button, new() { Name = "Verify the whole chain" }).ClickAsync();
        await Expect(page.Locator(".chain .chip")).ToHaveTextAsync("Sound");
        Assert.Empty(console.Complaints);
    }

    [Fact]
    [Trait("Req", "hostile-75")]
    public async Task Person_without_the_role_sees_and_cannot_act_and_a_closed_account_ends_an_open_page()
    {
        await using var console = await ConsoleUnderTest.StartAsync();
        var page = await console.SignedInAsync();
        await page.GotoAsync(console.Address + "accounts");
        await page.GetByLabel("Name").FillAsync("vera");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add the account" }).ClickAsync();
        var password = await page.Locator(".secret").InnerTextAsync();
        var hers = await console.PageAsync();
        await hers.GotoAsync(console.Address);
        await hers.GetByLabel("Name").FillAsync("vera");
        await hers.GetByLabel("Password").FillAsync(password);
        await hers.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await ConsoleUnderTest.LiveAsync(hers);

        await hers.GetByRole(AriaRole.Button, new() { Name = "update-7" }).ClickAsync();
        await Expect(hers.Locator("table.gates")).ToBeVisibleAsync();
        await Expect(hers.GetByRole(AriaRole.Button, new() { Name = "Approve…" })).ToHaveCountAsync(0);
        await Expect(hers.GetByRole(AriaRole.Button, new() { Name = "Emergency stop…" })).ToHaveCountAsync(0);
        await hers.GotoAsync(console.Address + "accounts");
        await Expect(hers.GetByRole(AriaRole.Heading, new() { Name = "Not allowed" })).ToBeVisibleAsync();
        await hers.GotoAsync(console.Address);
        await ConsoleUnderTest.LiveAsync(hers);

        await page.GetByRole(AriaRole.Button, new() { Name = "Close vera" }).ClickAsync();

        await Expect(hers.GetByText("You are signed out")).ToBeVisibleAsync();
        await Expect(hers.Locator("table")).ToHaveCountAsync(0);
        Assert.Empty(console.Complaints);
    }

    [Fact]
    [Trait("Req", "I11")]
    public async Task Gap_is_asked_for_by_one_person_and_accepted_by_another_who_sees_what_is_lost()
    {
        await using var console = await ConsoleUnderTest.StartAsync();
        await console.Plant.BeatAsync();
        console.AddJob("edge-update", "edge-1");
        await console.AddAccountAsync("vera", "Approver");
        var page = await console.SignedInAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "edge-update" })).ToBeVisibleAsync();
        await page.GotoAsync(console.Address + "jobs/edge-update");
        await page.GetByRole(AriaRole.Button, new() { Name = "Accept a gap…" }).ClickAsync();
        await Expect(page.Locator(".lost")).ToContainTextAsync("Filling");
        await page.GetByLabel("For how many minutes it counts").FillAsync("90");
        await page.GetByLabel("Reason, for the record").FillAsync("the other gateway waits for a spare part");
        await SignAsync(page, "admin");
        await Expect(page.GetByRole(AriaRole.Status).Filter(new() { HasText = "a second person must sign too" })).ToBeVisibleAsync();
        await Expect(page.Locator("table.waivers")).ToContainTextAsync("Needs a second signature");
        await ConsoleUnderTest.ShotAsync(page, "gap-asked");

        foreach (var (scheme, width) in new[] { (ColorScheme.Dark, 1360), (ColorScheme.Light, 390) })
        {
            var hers = await console.SignedInAsync(scheme, width, "vera");
            await hers.GotoAsync(console.Address + "jobs/edge-update");
            await hers.GetByRole(AriaRole.Button, new() { Name = "Sign the gap budget too…" }).ClickAsync();
            await Expect(hers.Locator("form.reason")).ToContainTextAsync("exactly what admin signed");
            await AccessibleAsync(hers);
            await ConsoleUnderTest.ShotAsync(hers, $"gap-cosign-{scheme}-{width}");
            if (width == 1360)
                continue;
            await hers.GetByLabel("Reason, for the record").FillAsync("seen and accepted");
            await SignAsync(hers, "vera");
            await Expect(hers.GetByRole(AriaRole.Status).Filter(new() { HasText = "a gap is accepted" })).ToBeVisibleAsync();
            await hers.GotoAsync(console.Address + "exceptions");
            await Expect(hers.Locator("table.waivers")).ToContainTextAsync("admin, vera");
            Assert.True(await hers.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= window.innerWidth"), "the page is wider than its window");
            await AccessibleAsync(hers);
            await ConsoleUnderTest.ShotAsync(hers, "exceptions-390");
        }

        await Expect(page.Locator("table.waivers")).ToContainTextAsync("Counts");
        await Expect(page.Locator("table.gates tbody tr").Filter(new() { HasText = "accepted by admin and vera" }).First).ToContainTextAsync("Passes");
        await page.GotoAsync(console.Address + "exceptions");
        await Expect(page.Locator("table.waivers")).ToContainTextAsync("spare part");
        await ConsoleUnderTest.ShotAsync(page, "exceptions");
        await page.GotoAsync(console.Address);
        await ConsoleUnderTest.ShotAsync(page, "overview");
        Assert.Empty(console.Complaints);

        static async Task SignAsync(IPage page, string name)
        {
            await page.GetByLabel("Your name, to sign").FillAsync(name);
            await page.GetByLabel("Your password, to sign").FillAsync(ConsoleUnderTest.Password);
            await page.GetByRole(AriaRole.Button, new() { Name = "Sign", Exact = true }).ClickAsync();
        }
    }

    [Fact]
    public async Task Lost_connection_is_told_so_that_nothing_old_looks_live()
    {
        await using var console = await ConsoleUnderTest.StartAsync();
        var page = await console.SignedInAsync();

        await console.Scheduler.KillAsync();

        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("No connection to the scheduler");
    }

    [Fact]
    public async Task Pages_can_be_used_by_everybody_in_light_and_dark_and_narrow_windows()
    {
        await using var console = await ConsoleUnderTest.StartAsync();
        await console.Plant.BeatAsync();
        await console.Plant.ReportAsync("Filling", LineState.Active, "B-4711", "Not idle: the filler is 6 Execute");
        await console.Plant.ReportAsync("Packaging", LineState.Settling, "", "Settling: every condition has held for 2s");
        foreach (var (scheme, width) in new[] { (ColorScheme.Light, 1360), (ColorScheme.Dark, 1360), (ColorScheme.Light, 390) })
        {
            var stranger = await console.PageAsync(scheme, width);
            await stranger.GotoAsync(console.Address);
            await AccessibleAsync(stranger);
            var page = await console.SignedInAsync(scheme, width);
            await page.GetByRole(AriaRole.Button, new() { Name = "update-7" }).ClickAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "Filling", Exact = true }).ClickAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "Emergency stop…" }).ClickAsync();
            await Expect(page.Locator("table.inner")).ToBeVisibleAsync();
            await AccessibleAsync(page);
            Assert.True(await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= window.innerWidth"), "the page is wider than its window");
            foreach (var path in new[] { "jobs", "jobs/new", "jobs/update-7", "calendar", "campaigns", "exceptions", "ledger", "accounts" })
            {
                await page.GotoAsync(console.Address + path);
                await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Emergency stop…" })).ToBeEnabledAsync();
                await AccessibleAsync(page);
            }

            await page.GotoAsync(console.Address + "account/password");
            await AccessibleAsync(page);
        }

        Assert.Empty(console.Complaints);
    }

    private static ILocator Host(IPage page, string name) =>
        page.Locator("section", new() { Has = page.GetByRole(AriaRole.Heading, new() { Name = "Hosts" }) }).Locator("tbody tr", new() { HasText = name });

    private static async Task AccessibleAsync(IPage page)
    {
        var result = await page.RunAxe();
        // The head is exchanged when the page comes alive: for that moment it has no title.
        if (result.Violations is [{ Id: "document-title" }])
        {
            await Expect(page).ToHaveTitleAsync(Titled());
            result = await page.RunAxe();
        }

        Assert.True(result.Violations.Length == 0, page.Url + ": " + string.Join(Environment.NewLine, result.Violations.Select(violation =>
            $"{violation.Id}: {violation.Help} {string.Join("; ", violation.Nodes.Select(node => node.Html + " " + string.Join(" ", node.Any.Select(check => check.Message))))}")));
    }

    [GeneratedRegex(@"\d+(\.\d)? s old")]
    private static partial Regex Old();

    [GeneratedRegex(".")]
    private static partial Regex Titled();
}
