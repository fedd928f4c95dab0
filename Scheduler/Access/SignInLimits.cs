using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;

namespace PatchEdge.Scheduler.Access;

/// <summary>How fast passwords may be tried, and how many pages may be open at once.</summary>
internal static class SignInLimits
{
    /// <summary>Policy of pages that take a password.</summary>
    public const string Policy = "password";

    public const int PerAddressAndMinute = 10;
    private const int AllAndMinute = 120;
    private const int PagesPerPerson = 16;
    private const int Pages = 200;

    public static void Configure(RateLimiterOptions limits)
    {
        limits.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        limits.AddPolicy(Policy, context => TakesPassword(context)
            ? RateLimitPartition.GetFixedWindowLimiter(Network(context.Connection.RemoteIpAddress), _ => PerMinute(PerAddressAndMinute))
            : RateLimitPartition.GetNoLimiter(""));
        limits.GlobalLimiter = PartitionedRateLimiter.CreateChained(
            PartitionedRateLimiter.Create<HttpContext, string>(context => TakesPassword(context)
                ? RateLimitPartition.GetFixedWindowLimiter("passwords", _ => PerMinute(AllAndMinute))
                : RateLimitPartition.GetNoLimiter("")),
            PartitionedRateLimiter.Create<HttpContext, string>(context => IsOpenPage(context)
                ? RateLimitPartition.GetConcurrencyLimiter(context.User.Identity?.Name ?? "", _ => AtOnce(PagesPerPerson))
                : RateLimitPartition.GetNoLimiter("")),
            PartitionedRateLimiter.Create<HttpContext, string>(context => IsOpenPage(context)
                ? RateLimitPartition.GetConcurrencyLimiter("pages", _ => AtOnce(Pages))
                : RateLimitPartition.GetNoLimiter("")));
        limits.OnRejected = async (rejected, cancellation) =>
        {
            if (rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait))
                rejected.HttpContext.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString();
            rejected.HttpContext.Response.ContentType = "text/plain; charset=utf-8";
            await rejected.HttpContext.Response.WriteAsync("Too many attempts: wait a minute, then try again.", cancellation);
        };
    }

    private static bool TakesPassword(HttpContext context) =>
        HttpMethods.IsPost(context.Request.Method)
        && context.GetEndpoint()?.Metadata.GetMetadata<EnableRateLimitingAttribute>()?.PolicyName == Policy;

    /// <summary>A page's connection lasts as long as the page is open, and so does its lease.</summary>
    private static bool IsOpenPage(HttpContext context) =>
        context.Request.Path.StartsWithSegments(PageSecurity.Circuits) && PageSecurity.OpensWebSocket(context.Request);

    /// <summary>The address; of IPv6 the network, since one machine has as many addresses there as it likes.</summary>
    private static string Network(IPAddress? address)
    {
        if (address is null)
            return "";
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address.ToString();
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes).ToString();
    }

    private static FixedWindowRateLimiterOptions PerMinute(int permits) =>
        new() { PermitLimit = permits, Window = TimeSpan.FromMinutes(1), QueueLimit = 0 };

    private static ConcurrencyLimiterOptions AtOnce(int permits) => new() { PermitLimit = permits, QueueLimit = 0 };
}
