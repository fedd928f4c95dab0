using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>Reads what a server says about itself (Part 5 §6.3): what it lacks keeps its default.</summary>
internal sealed class ServerReader(OperationBatches batches, TimeProvider time)
{
    private static readonly uint[] Everything =
    [
        VariableIds.Server_ServerStatus_CurrentTime,
        VariableIds.Server_ServerStatus_State,
        VariableIds.Server_ServiceLevel,
        VariableIds.Server_ServerStatus_StartTime,
        VariableIds.Server_NamespaceArray,
        VariableIds.Server_ServerArray,
        VariableIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead,
        VariableIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerHistoryReadData,
        VariableIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerWrite,
        VariableIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerMethodCall,
        VariableIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerBrowse,
        VariableIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerTranslateBrowsePathsToNodeIds,
        VariableIds.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall,
        VariableIds.Server_ServerRedundancy_RedundancySupport,
        VariableIds.Server_ServerRedundancy_ServerUriArray,
        VariableIds.Server_ServerStatus_BuildInfo_ManufacturerName,
        VariableIds.Server_ServerStatus_BuildInfo_ProductName,
        VariableIds.Server_ServerStatus_BuildInfo_SoftwareVersion,
    ];

    private const int StateOnly = 4;

    private readonly ClockEstimate clock = new();

    /// <summary>Another server, or the same one started anew.</summary>
    public void Reset() => clock.Reset();

    public async Task<ServerInformation> ReadAllAsync(Session session, ServerInformation known, CancellationToken cancellation)
    {
        var read = await ReadAsync(session, Everything, cancellation).ConfigureAwait(false);
        var limits = new OperationLimits
        {
            MaxNodesPerRead = Number(read.Values[6]),
            MaxNodesPerHistoryReadData = Number(read.Values[7]),
            MaxNodesPerWrite = Number(read.Values[8]),
            MaxNodesPerMethodCall = Number(read.Values[9]),
            MaxNodesPerBrowse = Number(read.Values[10]),
            MaxNodesPerTranslateBrowsePathsToNodeIds = Number(read.Values[11]),
            MaxMonitoredItemsPerCall = Number(read.Values[12]),
        };
        return WithState(known, read) with
        {
            NamespaceArray = Strings(read.Values[4]) ?? known.NamespaceArray,
            ServerArray = Strings(read.Values[5]) ?? known.ServerArray,
            OperationLimits = limits,
            RedundancySupport = Number(read.Values[13]) is var support and <= (uint)RedundancySupport.HotAndMirrored ? (RedundancySupport)support : RedundancySupport.None,
            RedundantServers = Strings(read.Values[14]) ?? [],
            ManufacturerName = Text(read.Values[15]),
            ProductName = Text(read.Values[16]),
            SoftwareVersion = Text(read.Values[17]),
        };
    }

    /// <summary>State, service level and clock; also proof that the session lives.</summary>
    public async Task<ServerInformation> ReadStateAsync(Session session, ServerInformation known, CancellationToken cancellation) =>
        WithState(known, await ReadAsync(session, Everything.AsMemory(0, StateOnly), cancellation).ConfigureAwait(false));

    private async Task<Reading> ReadAsync(Session session, ReadOnlyMemory<uint> variables, CancellationToken cancellation)
    {
        var sentUtc = time.GetUtcNow();
        var sentAt = time.GetTimestamp();
        var values = await batches.RunAsync(BatchedService.Read, variables, async part => (await session.CallAsync<ReadResponse>(new ReadRequest
        {
            TimestampsToReturn = TimestampsToReturn.Neither,
            NodesToRead = [.. part.Select(id => new ReadValueId { NodeId = id, AttributeId = AttributeIds.Value })],
        }, cancellation).ConfigureAwait(false)).Results).ConfigureAwait(false);
        return new Reading(values, sentUtc, time.GetElapsedTime(sentAt), Arrival.Now(time));
    }

    private ServerInformation WithState(ServerInformation known, Reading read)
    {
        var offset = read.Values[0].Value.TryGet(out DateTime serverTime) && serverTime != DateTime.MinValue
            ? clock.Add(serverTime, read.SentUtc, read.At, read.RoundTrip)
            : known.ClockOffset;
        return known with
        {
            State = !read.Values[1].Status.IsBad && read.Values[1].Value.TryGetInteger(out var state) && state is >= 0 and <= (int)ServerState.Unknown ? (ServerState)state : ServerState.Unknown,
            ServiceLevel = !read.Values[2].Status.IsBad && read.Values[2].Value.TryGet(out byte level) ? level : byte.MaxValue,
            StartTime = read.Values[3].Value.TryGet(out DateTime started) ? started : known.StartTime,
            ClockOffset = offset,
            RoundTrip = read.RoundTrip,
        };
    }

    private static uint Number(DataValue value) =>
        !value.Status.IsBad && value.Value.TryGetInteger(out var number) && number is >= 0 and <= uint.MaxValue ? (uint)number : 0;

    private static string? Text(DataValue value) => !value.Status.IsBad && value.Value.TryGet(out string? text) ? text : null;

    private static string?[]? Strings(DataValue value) =>
        !value.Status.IsBad && value.Value.TryGetArray(out string?[]? strings) ? strings : null;

    private readonly record struct Reading(DataValue[] Values, DateTimeOffset SentUtc, TimeSpan RoundTrip, Arrival At);
}
