using Microsoft.Net.Http.Headers;

namespace PatchEdge.Scheduler.Access;

/// <summary>What every answer tells a browser not to do, and which requests of other sites are refused.</summary>
internal static class PageSecurity
{
    /// <summary>Where the connections of open pages arrive.</summary>
    public const string Circuits = "/_blazor";

    /// <summary>Everything from this site alone, no script or style inside a page, no frame around it.</summary>
    public const string ContentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
        "form-action 'self'; base-uri 'self'; frame-ancestors 'none'";

    public static void UsePageSecurity(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        // Nothing to other sites; with "no-referrer" browsers would hide the Origin of our own forms from us too.
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        if (context.Request.IsHttps)
            headers.StrictTransportSecurity = "max-age=31536000";
        context.Response.OnStarting(() =>
        {
            if (headers.CacheControl.Count == 0)
                headers.CacheControl = "no-store";
            return Task.CompletedTask;
        });
        if (ComesFromHere(context.Request))
            return next(context);
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return context.Response.WriteAsync("Refused: the request comes from a page of another site.");
    });

    /// <summary>True when no other site's page can have caused a request that changes something or opens a connection.</summary>
    /// <remarks>Programs send no Origin and are let through to sign in; a browser always sends it with a WebSocket, so there it is required.</remarks>
    private static bool ComesFromHere(HttpRequest request)
    {
        var reads = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        var connects = OpensWebSocket(request) || request.Path.StartsWithSegments(Circuits);
        if (reads && !connects)
            return true;
        if (request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "same-origin" or "none"))
            return false;
        var origin = request.Headers[HeaderNames.Origin];
        if (origin.Count == 0)
            return !OpensWebSocket(request);
        return origin.Count == 1
            && Uri.TryCreate(origin[0], UriKind.Absolute, out var uri)
            && uri.Scheme is "http" or "https"
            && string.Equals(uri.Authority, Authority(request), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>A person opens a page: they are led on, where a program gets the plain answer.</summary>
    public static bool IsForPeople(HttpRequest request) =>
        HttpMethods.IsGet(request.Method)
        && !request.Path.StartsWithSegments("/api")
        && !request.Path.StartsWithSegments("/metrics")
        && !request.Path.StartsWithSegments(Circuits);

    /// <summary>By an upgrade in HTTP/1.1 (RFC 6455 §4.1) or an extended CONNECT in HTTP/2 (RFC 8441 §4).</summary>
    public static bool OpensWebSocket(HttpRequest request) =>
        HttpMethods.IsConnect(request.Method) || request.Headers.Upgrade.ToString().Contains("websocket", StringComparison.OrdinalIgnoreCase);

    /// <summary>Host and port as a browser's Origin names them: without the scheme's own port.</summary>
    private static string Authority(HttpRequest request) =>
        Uri.TryCreate($"{request.Scheme}://{request.Host.Value}", UriKind.Absolute, out var uri) ? uri.Authority : "";
}
