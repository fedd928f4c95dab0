using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Services;

namespace PatchEdge.OpcUa.Tests.Interop;

/// <summary>Every policy in every mode that it has, with every kind of user.</summary>
public static class Combination
{
    private static readonly UserTokenType[] Users = [UserTokenType.Anonymous, UserTokenType.UserName, UserTokenType.Certificate];

    public static IEnumerable<(SecurityPolicy Policy, MessageSecurityMode Mode)> Endpoints =>
        from policy in Enum.GetValues<SecurityPolicy>()
        from mode in policy == SecurityPolicy.None ? [MessageSecurityMode.None] : (MessageSecurityMode[])[MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt]
        select (policy, mode);

    public static TheoryData<SecurityPolicy, MessageSecurityMode, UserTokenType> All =>
        [.. from endpoint in Endpoints from user in Users select (endpoint.Policy, endpoint.Mode, user)];

    public static UserIdentity Identity(UserTokenType kind, EngineerUser user) => kind switch
    {
        UserTokenType.UserName => UserIdentity.UserName(EngineerUser.Name, EngineerUser.Password),
        UserTokenType.Certificate => UserIdentity.X509(user.Certificate),
        _ => UserIdentity.Anonymous,
    };
}
