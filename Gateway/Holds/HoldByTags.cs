using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;

namespace PatchEdge.Gateway.Holds;

/// <summary>A hold through a pair of integers: the token is written to the request, and the controller copies it to the acknowledgement when it inhibits the start; zero is free.</summary>
/// <remarks>The controller keeps the rules of the hold: it acknowledges only while idle, and only a token that is higher than any before.</remarks>
internal sealed class HoldByTags(UaClient client, HoldNodes nodes, TimeProvider time)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    /// <exception cref="UaException">The server could not be asked.</exception>
    public async Task<HoldAnswer> AskAsync(HoldRequest request, CancellationToken cancel)
    {
        var requestNode = await client.ResolveAsync(nodes.Request, cancel).ConfigureAwait(false);
        var acknowledgeNode = await client.ResolveAsync(nodes.Release, cancel).ConfigureAwait(false);
        var (asked, type) = await ReadAsync(requestNode, cancel).ConfigureAwait(false);
        var wanted = request.Action == HoldAction.Hold ? request.Token : 0;
        if (request.Action == HoldAction.Release && asked != request.Token)
            return HoldAnswer.Refused($"not held with token {request.Token}: {nodes.Request} is {asked}");
        if (request.Action == HoldAction.Hold && asked != 0 && asked != request.Token)
            return HoldAnswer.Refused($"held with token {asked}");
        if (asked != wanted)
        {
            var written = await client.WriteValueAsync(requestNode, Of(wanted, type), cancel).ConfigureAwait(false);
            if (!written.IsGood)
                return HoldAnswer.Silent($"{nodes.Request} could not be written: {written.SymbolicName}");
        }

        while (true)
        {
            var (acknowledged, _) = await ReadAsync(acknowledgeNode, cancel).ConfigureAwait(false);
            if (acknowledged == wanted)
                return new HoldAnswer(true, true, null, "");
            await Task.Delay(Pace, time, cancel).ConfigureAwait(false);
        }
    }

    private async Task<(long Value, BuiltInType Type)> ReadAsync(NodeId node, CancellationToken cancel)
    {
        var read = await client.ReadValueAsync(node, cancel).ConfigureAwait(false);
        if (!read.Status.IsGood)
            throw new UaException(read.Status, $"{node} reads {read.Status.SymbolicName}", "hold");
        if (read.Value.IsNull)
            return (0, BuiltInType.Int64);
        return read.Value.TryGetInteger(out var value)
            ? (value, read.Value.Type)
            : throw new UaException(StatusCodes.BadTypeMismatch, $"{node} is no integer", "hold");
    }

    /// <summary>The token in the variable's own integer type: a controller may not have 64 bits.</summary>
    private Variant Of(long token, BuiltInType type) => type switch
    {
        BuiltInType.Int32 when token <= int.MaxValue => (int)token,
        BuiltInType.UInt32 when token <= uint.MaxValue => (uint)token,
        BuiltInType.UInt64 => (ulong)token,
        BuiltInType.Int64 => token,
        _ => throw new UaException(StatusCodes.BadTypeMismatch, $"{nodes.Request} is of type {type}, which cannot carry token {token}: use Int64", "hold"),
    };
}
