using PatchEdge.OpcUa.Server;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Server;

/// <summary>Call (Part 4 §5.11) and what a hostile caller gets from it.</summary>
[Collection(nameof(Alone))]
public sealed class CallTests
{
    [Fact]
    public async Task Method_runs_with_arguments_of_the_declared_types_only()
    {
        await using var rig = await ServerRig.StartAsync();
        MethodNode add = AddSum(rig);
        ServiceClient client = await rig.SignInAsync();
        CallMethodResult sum = await CallAsync(client, rig.Plant.NodeId, add.NodeId, 4, 5);
        Assert.Equal(9, Assert.Single(sum.OutputArguments).Get<int>());
        CallMethodResult mistyped = await CallAsync(client, rig.Plant.NodeId, add.NodeId, 4, "5");
        Assert.Equal(StatusCodes.BadInvalidArgument, mistyped.StatusCode);
        Assert.Equal([StatusCodes.Good, StatusCodes.BadTypeMismatch], mistyped.InputArgumentResults.Select(result => result.Value));
        Assert.Equal(StatusCodes.BadArgumentsMissing, (await CallAsync(client, rig.Plant.NodeId, add.NodeId, 4)).StatusCode);
        Assert.Equal(StatusCodes.BadTooManyArguments, (await CallAsync(client, rig.Plant.NodeId, add.NodeId, 4, 5, 6)).StatusCode);
        Assert.Equal(StatusCodes.BadMethodInvalid, (await CallAsync(client, ObjectIds.ObjectsFolder, add.NodeId, 4, 5)).StatusCode);
        Assert.Equal(StatusCodes.BadMethodInvalid, (await CallAsync(client, rig.Plant.NodeId, rig.Id("None"))).StatusCode);
        Assert.Equal(StatusCodes.BadNodeIdUnknown, (await CallAsync(client, rig.Id("None"), add.NodeId, 4, 5)).StatusCode);
        add.Executable = false;
        Assert.Equal(StatusCodes.BadNotExecutable, (await CallAsync(client, rig.Plant.NodeId, add.NodeId, 4, 5)).StatusCode);
        Assert.Equal("[Argument]", Names((await client.ReadAsync(rig.Id($"{add.NodeId}.OutputArguments"))).Value));
    }

    [Fact]
    [Hostile(25)]
    [Trait("Clause", "Part 4 §7.35 faults")]
    public async Task Fault_of_a_handler_is_a_status_and_nothing_else()
    {
        await using var rig = await ServerRig.StartAsync();
        MethodNode broken = rig.Server.AddressSpace.AddMethod(rig.Plant, rig.Id("Broken"), "Broken", (_, _) => throw new InvalidOperationException("secret path /etc/x"));
        MethodNode refusing = rig.Server.AddressSpace.AddMethod(rig.Plant, rig.Id("Refusing"), "Refusing", (_, _) => throw new UaException(StatusCodes.BadInvalidState, "secret", "secret"));
        ServiceClient client = await rig.SignInAsync();
        foreach ((MethodNode method, uint status) in new[] { (broken, StatusCodes.BadInternalError), (refusing, StatusCodes.BadInvalidState) })
        {
            var response = await client.SendAsync<CallResponse>(new CallRequest { MethodsToCall = [new CallMethodRequest { ObjectId = rig.Plant.NodeId, MethodId = method.NodeId }] });
            Assert.Equal(status, response.Results[0].StatusCode);
            Assert.Empty(response.Results[0].OutputArguments);
            Assert.Empty(response.DiagnosticInfos);
            Assert.Null(response.ResponseHeader.ServiceDiagnostics);
            Assert.Empty(response.ResponseHeader.StringTable);
        }
        Assert.Contains(rig.Events, happened => happened.Kind == UaServerEventKind.HandlerFailed && happened.Detail.Contains("secret path", StringComparison.Ordinal));
    }

    [Fact]
    [Hostile(23)]
    public async Task Thousands_of_calls_and_then_CloseSession_are_capped_and_cancelled()
    {
        await using var rig = await ServerRig.StartAsync();
        int running = 0, most = 0, ended = 0;
        MethodNode endless = rig.Server.AddressSpace.AddMethod(rig.Plant, rig.Id("Endless"), "Endless", async (context, _) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
            }
            finally
            {
                Interlocked.Decrement(ref running);
                Interlocked.Increment(ref ended);
            }
            return new CallMethodResult();
        });
        ServiceClient client = await rig.SignInAsync();
        var request = new CallMethodRequest { ObjectId = rig.Plant.NodeId, MethodId = endless.NodeId };
        Assert.Equal(StatusCodes.BadTooManyOperations, await client.FaultAsync(new CallRequest { MethodsToCall = [.. Enumerable.Repeat(request, 28_000)] }));
        int cap = rig.Server.Options.Limits.MaxRunningCallsPerSession;
        Task<IServiceResponse>[] calls = [.. Enumerable.Range(0, 500).Select(_ => client.SendAsync(new CallRequest { MethodsToCall = [request] }))];
        await ServerRig.EventuallyAsync(() => calls.Count(call => call.IsCompleted) == 500 - cap, "all but those that run were refused");
        Assert.Equal(cap, Volatile.Read(ref running));
        Assert.InRange(most, 1, cap);
        Assert.Equal(1 + 500 - (uint)cap, await client.RejectedRequestsAsync());
        // Other services go on meanwhile.
        Assert.True((await client.ReadAsync(VariableIds.Server_ServerStatus_State)).Status.IsGood);
        await client.SendAsync<CloseSessionResponse>(new CloseSessionRequest { DeleteSubscriptions = true });
        IServiceResponse[] answers = await Task.WhenAll(calls).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Equal(500 - cap, answers.Count(answer => answer.ResponseHeader.ServiceResult == StatusCodes.BadTooManyOperations));
        Assert.All(answers.OfType<CallResponse>(), answer => Assert.Equal(StatusCodes.BadSessionClosed, answer.Results[0].StatusCode));
        Assert.Equal((0, cap), (running, ended));
    }

    private static MethodNode AddSum(ServerRig rig) => rig.Server.AddressSpace.AddMethod(
        rig.Plant,
        rig.Id("Add"),
        "Add",
        (_, arguments) => ValueTask.FromResult(new CallMethodResult { OutputArguments = [arguments[0].Get<int>() + arguments[1].Get<int>()] }),
        [new Argument { Name = "a", DataType = DataTypeIds.Int32 }, new Argument { Name = "b", DataType = DataTypeIds.Int32 }],
        [new Argument { Name = "sum", DataType = DataTypeIds.Int32 }]);

    private static async Task<CallMethodResult> CallAsync(ServiceClient client, NodeId owner, NodeId method, params Variant[] arguments)
    {
        var response = await client.SendAsync<CallResponse>(new CallRequest { MethodsToCall = [new CallMethodRequest { ObjectId = owner, MethodId = method, InputArguments = arguments }] });
        return response.Results[0];
    }

    private static string Names(Variant value) => "[" + string.Join(", ", value.GetArray<ExtensionObject>()!.Select(item => item.Body!.GetType().Name)) + "]";
}
