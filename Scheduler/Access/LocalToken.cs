using System.Buffers.Text;
using System.Net;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Access;

/// <summary>The bearer token of the local command line: made anew at every start, in a file that only its owner can read.</summary>
/// <remarks>Who can read the file could read the database too, so the token carries every role; everything done with it is recorded as done by <see cref="Actor"/>.</remarks>
internal sealed class LocalToken
{
    public const string Scheme = "local-token";
    public const string Actor = "local operator";

    private readonly byte[] expected;

    private LocalToken(string token) => expected = SHA256.HashData(Encoding.UTF8.GetBytes(token));

    public static LocalToken WriteNew(DataDirectory data)
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        File.Delete(data.LocalToken);
        OwnerOnlyFile.Create(data.LocalToken, token);
        return new LocalToken(token);
    }

    public bool Matches(string token) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(token)), expected);
}

/// <summary>Signs in whoever presents the local token in an <c>Authorization: Bearer</c> header from this machine.</summary>
internal sealed class LocalTokenHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, LocalToken token)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    private const string Prefix = "Bearer ";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Prefix, StringComparison.Ordinal))
            return Task.FromResult(AuthenticateResult.NoResult());
        if (Request.HttpContext.Connection.RemoteIpAddress is { } remote && !IPAddress.IsLoopback(remote))
            return Task.FromResult(AuthenticateResult.Fail("The local token is accepted from this machine only."));
        if (!token.Matches(header[Prefix.Length..]))
            return Task.FromResult(AuthenticateResult.Fail("The token is not the one of this scheduler's current start."));
        var identity = new ClaimsIdentity(
            [new Claim(ClaimTypes.Name, LocalToken.Actor), .. Policies.Roles.Select(role => new Claim(ClaimTypes.Role, role))], Scheme.Name);
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name)));
    }
}
