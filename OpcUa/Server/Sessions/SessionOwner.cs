using PatchEdge.OpcUa.Services;

namespace PatchEdge.OpcUa.Server.Sessions;

/// <summary>
/// Who a session belongs to. Subscriptions move only between sessions of one owner (Part 4, TransferSubscriptions): the same
/// user, or for anonymous users the same application.
/// </summary>
/// <param name="Kind">How the user proved itself.</param>
/// <param name="UserName">Name, or thumbprint of the certificate; null for an anonymous user.</param>
/// <param name="ApplicationUri">Of the client; counts for anonymous users alone.</param>
internal sealed record SessionOwner(UserTokenType Kind, string? UserName, string? ApplicationUri)
{
    public bool IsSameUser(SessionOwner other) => Kind == other.Kind && UserName == other.UserName;

    public bool MayTakeFrom(SessionOwner other) =>
        IsSameUser(other) && (Kind != UserTokenType.Anonymous || ApplicationUri == other.ApplicationUri);
}
