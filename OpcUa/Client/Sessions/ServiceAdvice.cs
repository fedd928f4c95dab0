using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>What a person can do about a service result, for those that a person can do something about.</summary>
internal static class ServiceAdvice
{
    public static string? For(StatusCode status) => status.Code switch
    {
        StatusCodes.BadUserAccessDenied or StatusCodes.BadIdentityTokenRejected => "Check the user name and password, and the user's rights at the server",
        StatusCodes.BadIdentityTokenInvalid => "Check that the server takes this kind of identity on this endpoint",
        StatusCodes.BadSecurityChecksFailed or StatusCodes.BadCertificateUntrusted => "Trust this client's certificate at the server; it is probably among the ones it rejected",
        StatusCodes.BadCertificateUriInvalid => "The ApplicationUri must be the one in this client's certificate; remove the certificate to have a new one made",
        StatusCodes.BadTooManySessions => "Close other clients, or raise the server's limit; sessions that nobody closed end by themselves in minutes",
        StatusCodes.BadTooManySubscriptions => "Close other clients, or raise the server's limit",
        StatusCodes.BadTooManyOperations => "Ask for fewer at a time",
        StatusCodes.BadServiceUnsupported => "The server does not have this service",
        StatusCodes.BadHistoryOperationUnsupported => "The server keeps no history of this node",
        StatusCodes.BadNotWritable => "Choose a node that may be written",
        StatusCodes.BadServerHalted or StatusCodes.BadShutdown => "The server is stopping; wait for it to come back",
        StatusCodes.BadSessionIdInvalid or StatusCodes.BadSessionClosed => "The session is gone; the client makes another",
        _ => null,
    };
}
