using System.Buffers.Text;
using System.Net;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Access;

/// <summary>The bearer token of the local command line: made anew at every start, in a file that only its owner can read.</summary>
/// <remarks>Who can read the file could read the database too, so the token carries every role; whoever uses it may say who they are, and is recorded as that person, on this machine.</remarks>
internal sealed class LocalToken
{
    public const string Scheme = "local-token";

    /// <summary>Header in which the command line says who uses it.</summary>
    public const string PersonHeader = "X-PatchEdge-Person";

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
    private const int LongestPerson = 100;

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Prefix, StringComparison.Ordinal))
            return Task.FromResult(AuthenticateResult.NoResult());
        if (Request.HttpContext.Connection is { RemoteIpAddress: { } remote } connection && !IPAddress.IsLoopback(remote) && !remote.Equals(connection.LocalIpAddress))
            return Task.FromResult(AuthenticateResult.Fail("The local token is accepted from this machine only."));
        if (!token.Matches(header[Prefix.Length..]))
            return Task.FromResult(AuthenticateResult.Fail("The token is not the one of this scheduler's current start."));
        var identity = new ClaimsIdentity(
            [new Claim(ClaimTypes.Name, Person()), .. Policies.Roles.Select(role => new Claim(ClaimTypes.Role, role))], Scheme.Name);
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name)));
    }

    /// <summary>Marked as local, so that it can never be taken for the name of somebody who signed in.</summary>
    private string Person()
    {
        var person = Printable.Line(Request.Headers[LocalToken.PersonHeader].ToString().Trim());
        return person.Length is > 0 and <= LongestPerson ? $"{person} (local)" : "somebody (local)";
    }
}
