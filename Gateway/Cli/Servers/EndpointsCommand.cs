using System.CommandLine;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Services;

namespace PatchEdge.Gateway.Cli.Servers;

/// <summary><c>endpoints URL</c>: how a server can be reached, and how protected.</summary>
internal static class EndpointsCommand
{
    public static Command Create()
    {
        var url = new Argument<string>("URL") { Description = "opc.tcp://host:port/path" };
        var command = new Command("endpoints", "Lists a server's endpoints.") { url };
        command.SetAction(async (parsed, cancel) =>
        {
            var endpoints = await UaDiscovery.GetEndpointsAsync(ConnectionArguments.UrlOf(parsed.GetValue(url)!), new DiscoveryOptions(), cancel).ConfigureAwait(false);
            Terminal.Write(["Security", "Level", "Users", "Address", "Application"], endpoints.OrderBy(endpoint => endpoint.SecurityLevel).Select(Describe));
            return ExitCodes.Success;
        });
        return command;
    }

    private static string[] Describe(EndpointDescription endpoint) =>
    [
        ConnectionArguments.Speaks(endpoint) is { } spoken ? $"{spoken.Policy}:{spoken.Mode}" : $"{endpoint.SecurityPolicyUri} (not spoken here)",
        endpoint.SecurityLevel.ToString(null, null),
        string.Join(", ", endpoint.UserIdentityTokens.Select(token => token.TokenType).Distinct()),
        endpoint.EndpointUrl ?? "",
        endpoint.Server.ApplicationUri ?? "",
    ];
}
