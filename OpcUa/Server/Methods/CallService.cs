using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Server.Requests;
using PatchEdge.OpcUa.Server.Sessions;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Methods;

/// <summary>Call (Part 4 §5.11).</summary>
internal sealed class CallService(ServerLimits limits, AddressSpace space, Action<UaServerEvent> report)
{
    /// <summary>Checks that come before anything runs.</summary>
    public void Check(CallRequest request) => Operations.Require(request.MethodsToCall.Length, limits.MaxMethodsPerCall, "Call.MethodsToCall");

    public async ValueTask<CallResponse> CallAsync(ServerSession session, CallRequest request)
    {
        CallContext context = session.Context();
        var results = new CallMethodResult[request.MethodsToCall.Length];
        for (int i = 0; i < results.Length; i++)
            results[i] = await CallAsync(context, request.MethodsToCall[i]).ConfigureAwait(false);
        return new CallResponse { Results = results };
    }

    private async ValueTask<CallMethodResult> CallAsync(CallContext context, CallMethodRequest call)
    {
        if (space.Find(call.ObjectId) is not { } owner) return Bad(StatusCodes.BadNodeIdUnknown);
        if (space.Find(call.MethodId) is not MethodNode method || !Has(owner, method)) return Bad(StatusCodes.BadMethodInvalid);
        if (!method.Executable) return Bad(StatusCodes.BadNotExecutable);
        if (call.InputArguments.Length < method.InputArguments.Count) return Bad(StatusCodes.BadArgumentsMissing);
        if (call.InputArguments.Length > method.InputArguments.Count) return Bad(StatusCodes.BadTooManyArguments);
        StatusCode[] verdicts = [.. call.InputArguments.Select((value, i) => Check(method.InputArguments[i], value))];
        if (Array.Exists(verdicts, static verdict => verdict.IsBad))
            return new CallMethodResult { StatusCode = StatusCodes.BadInvalidArgument, InputArgumentResults = verdicts };
        try
        {
            return await method.Handler(context, call.InputArguments).ConfigureAwait(false);
        }
        catch (UaException refusal)
        {
            return Bad(refusal.Status);
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            return Bad(StatusCodes.BadSessionClosed);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            report(new UaServerEvent(UaServerEventKind.HandlerFailed, context.Peer, StatusCodes.BadInternalError, $"{method} failed: {failure.Message}"));
            return Bad(StatusCodes.BadInternalError);
        }
    }

    private StatusCode Check(Argument argument, Variant value) =>
        space.RuleOf(argument.DataType, argument.ValueRank).Allows(in value) ? StatusCodes.Good : StatusCodes.BadTypeMismatch;

    /// <summary>The object has the method as a component.</summary>
    private static bool Has(Node owner, MethodNode method)
    {
        foreach (Reference reference in owner.References.Span)
            if (reference.IsForward && reference.Target == method) return true;
        return false;
    }

    private static CallMethodResult Bad(StatusCode status) => new() { StatusCode = status };
}
