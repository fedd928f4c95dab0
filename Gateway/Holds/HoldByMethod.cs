using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;

namespace PatchEdge.Gateway.Holds;

/// <summary>A hold through the controller's methods: <c>RequestHold(token, duration) → (granted, epoch, reason)</c> and <c>ReleaseHold(token) → (released, reason)</c>.</summary>
internal static class HoldByMethod
{
    /// <exception cref="UaException">The server could not be asked, or does not have the methods.</exception>
    public static async Task<HoldAnswer> AskAsync(UaClient client, HoldNodes nodes, HoldRequest request, CancellationToken cancel)
    {
        var owner = await client.ResolveAsync(nodes.Object!, cancel).ConfigureAwait(false);
        if (request.Action == HoldAction.Release)
        {
            var release = await client.ResolveAsync(nodes.Release, cancel).ConfigureAwait(false);
            var said = await client.CallMethodAsync(owner, release, cancel, request.Token).ConfigureAwait(false);
            return said.Length >= 1 && said[0].TryGet(out bool released) ? new HoldAnswer(true, released, null, ReasonIn(said, 1)) : Unfit(nodes.Release, said);
        }

        var hold = await client.ResolveAsync(nodes.Request, cancel).ConfigureAwait(false);
        var answer = await client.CallMethodAsync(owner, hold, cancel, request.Token, (double)request.DurationMs).ConfigureAwait(false);
        return answer.Length >= 2 && answer[0].TryGet(out bool granted) && answer[1].TryGetInteger(out var epoch)
            ? new HoldAnswer(true, granted, epoch, ReasonIn(answer, 2))
            : Unfit(nodes.Request, answer);
    }

    private static string ReasonIn(Variant[] said, int place) => said.Length > place && said[place].TryGet(out string? reason) ? reason ?? "" : "";

    private static HoldAnswer Unfit(string node, Variant[] said) =>
        HoldAnswer.Silent($"{node} answered with {said.Length} value(s) of other types than the hold needs: compare the controller's method with the plant file");
}
