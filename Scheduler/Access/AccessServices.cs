using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Access.Accounts;
using PatchEdge.Scheduler.Features.Accounts;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Access;

/// <summary>Who may come in, and how they prove it: people by a cookie after signing in, the local command line by its token.</summary>
internal static class AccessServices
{
    /// <summary>Chooses between the two by whether a request carries an Authorization header; it is never judged by both.</summary>
    private const string Either = "cookie-or-token";

    public const string SignInPath = "/sign-in";
    public const string DeniedPath = "/denied";
    private const string ReturnParameter = "return";

    public static void AddAccess(this IServiceCollection services, DataDirectory data, StoragePlace place)
    {
        services.AddSingleton(LocalToken.WriteNew(data));
        services.AddDataProtection().SetApplicationName("PatchEdge.Scheduler").PersistKeysToFileSystem(new DirectoryInfo(Path.Combine(data.Location, "keys")));
        services.AddAccounts(place).AddSignInManager();
        services.AddScoped<AuthenticationStateProvider, AccountRevalidation>();
        services.AddScoped<SignIns>();
        services.AddScoped<Signing>();
        services.AddScoped<AccountDesk>();
        services.AddAuthentication(Either)
            .AddPolicyScheme(Either, null, either => either.ForwardDefaultSelector = context =>
                context.Request.Headers.Authorization.Count > 0 ? LocalToken.Scheme : IdentityConstants.ApplicationScheme)
            .AddScheme<AuthenticationSchemeOptions, LocalTokenHandler>(LocalToken.Scheme, null)
            .AddCookie(IdentityConstants.ApplicationScheme, Configure);
        services.AddAuthorization(Policies.Configure);
        services.AddAntiforgery(antiforgery =>
        {
            antiforgery.Cookie.Name = "patchedge-form";
            antiforgery.Cookie.SameSite = SameSiteMode.Strict;
            antiforgery.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            antiforgery.SuppressXFrameOptionsHeader = true;
        });
        services.AddRateLimiter(SignInLimits.Configure);
    }

    /// <summary>Accounts alone, without a way to sign in.</summary>
    public static IdentityBuilder AddAccounts(this IServiceCollection services, StoragePlace place)
    {
        services.AddDbContext<AccountsDb>(place.UseAccounts);
        return services.AddIdentityCore<Account>(Configure).AddRoles<IdentityRole>().AddEntityFrameworkStores<AccountsDb>();
    }

    private static void Configure(IdentityOptions identity)
    {
        // Length is what counts: rules about kinds of characters make passwords worse (NIST SP 800-63B §3.1.1.2).
        identity.Password.RequiredLength = Passwords.ShortestAllowed;
        identity.Password.RequiredUniqueChars = 5;
        identity.Password.RequireDigit = identity.Password.RequireLowercase = identity.Password.RequireUppercase = identity.Password.RequireNonAlphanumeric = false;
        identity.Lockout.AllowedForNewUsers = true;
        identity.Lockout.MaxFailedAccessAttempts = 5;
        identity.Lockout.DefaultLockoutTimeSpan = TimeSpan.FromMinutes(5);
        identity.User.AllowedUserNameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
    }

    private static void Configure(CookieAuthenticationOptions cookie)
    {
        cookie.Cookie.Name = "patchedge";
        cookie.Cookie.HttpOnly = true;
        cookie.Cookie.SameSite = SameSiteMode.Strict;
        cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        cookie.ExpireTimeSpan = AccountRevalidation.LongestSession;
        cookie.SlidingExpiration = false;
        cookie.LoginPath = SignInPath;
        cookie.AccessDeniedPath = DeniedPath;
        cookie.ReturnUrlParameter = ReturnParameter;
        cookie.Events.OnValidatePrincipal = ValidateAsync;
        cookie.Events.OnRedirectToLogin = context => RedirectPeople(context, StatusCodes.Status401Unauthorized);
        cookie.Events.OnRedirectToAccessDenied = context => RedirectPeople(context, StatusCodes.Status403Forbidden);
    }

    /// <summary>A changed password or role, a closed account or a sign-out ends every ticket of the account at once, also copies of it.</summary>
    private static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        if (context.Principal is { } user && await AccountRevalidation.FindAsync(context.HttpContext.RequestServices, user) is not null)
            return;
        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(IdentityConstants.ApplicationScheme);
    }

    private static Task RedirectPeople(RedirectContext<CookieAuthenticationOptions> context, int status)
    {
        if (PageSecurity.IsForPeople(context.Request))
            context.Response.Redirect(context.RedirectUri);
        else
            context.Response.StatusCode = status;
        return Task.CompletedTask;
    }
}
