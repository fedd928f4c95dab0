using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using PatchEdge.Scheduler.Access.Accounts;

namespace PatchEdge.Scheduler.Tests.Harness;

/// <summary>Somebody at a browser, as far as HTTP shows it: keeps cookies, follows no redirect, and says where a form comes from.</summary>
internal sealed partial class Visitor : IDisposable
{
    public const string Password = "correct horse battery";

    private readonly HttpClientHandler handler = new() { AllowAutoRedirect = false };

    public Visitor(RunningScheduler scheduler)
    {
        Http = new HttpClient(handler) { BaseAddress = scheduler.Address };
        Http.DefaultRequestHeaders.Add("Origin", Http.BaseAddress.GetLeftPart(UriPartial.Authority));
        Http.DefaultRequestHeaders.Add("Accept", "text/html");
    }

    public HttpClient Http { get; }

    public CookieContainer Cookies => handler.CookieContainer;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Signs in with a new account that has this role.</summary>
    public static async Task<Visitor> WithRoleAsync(RunningScheduler scheduler, string role, string? name = null)
    {
        name ??= "some-" + role.ToLowerInvariant();
        await AddAccountAsync(scheduler, name, role);
        var visitor = new Visitor(scheduler);
        using var response = await visitor.SignInAsync(name, Password);
        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        return visitor;
    }

    public static async Task AddAccountAsync(RunningScheduler scheduler, string name, string role)
    {
        await using var scope = scheduler.Services.CreateAsyncScope();
        var accounts = scope.ServiceProvider.GetRequiredService<UserManager<Account>>();
        var account = new Account { UserName = name };
        Assert.True((await accounts.CreateAsync(account, Password)).Succeeded);
        Assert.True((await accounts.AddToRoleAsync(account, role)).Succeeded);
    }

    public Task<HttpResponseMessage> SignInAsync(string name, string password, string query = "") => PostAsync("/sign-in" + query, new()
    {
        ["_handler"] = "sign-in",
        ["Input.Name"] = name,
        ["Input.Password"] = password,
    });

    /// <summary>Posts a form as a page would: with the token that the page carries.</summary>
    public async Task<HttpResponseMessage> PostAsync(string path, Dictionary<string, string> fields, string? page = null)
    {
        fields["__RequestVerificationToken"] = await FormTokenAsync(page ?? path);
        using var form = new FormUrlEncodedContent(fields);
        return await Http.PostAsync(path, form, Cancellation);
    }

    public async Task<string> FormTokenAsync(string page) =>
        FormToken().Match(await Http.GetStringAsync(page, Cancellation)) is { Success: true } match
            ? match.Groups[1].Value
            : throw new InvalidOperationException($"{page} has no form.");

    public void Dispose()
    {
        Http.Dispose();
        handler.Dispose();
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex FormToken();
}
