using System.Reflection;
using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Nodes.Standard;

/// <summary>Binds the Server object to the server it stands for (Part 5 §8.3.2): status, capabilities, limits, counters.</summary>
internal static class ServerObject
{
    // In the order of the fields of ServerDiagnosticsSummaryDataType (Part 5 §12.9). What is not counted here is 0.
    private static readonly (uint Variable, Func<ServerCounters, uint> Count)[] Counters =
    [
        (2276, static _ => 0),
        (2277, static counters => counters.CurrentSessions()),
        (2278, static counters => counters.CumulatedSessions()),
        (2279, static _ => 0),
        (3705, static counters => counters.RejectedSessions()),
        (2281, static counters => counters.TimedOutSessions()),
        (2282, static _ => 0),
        (2285, static counters => counters.CurrentSubscriptions()),
        (2286, static counters => counters.CumulatedSubscriptions()),
        (2284, static _ => 0),
        (2287, static _ => 0),
        (2288, static counters => counters.RejectedRequests()),
    ];

    public static ServerValues Bind(UaServerOptions options, UaServerFaults faults, Func<IReadOnlyList<string>> namespaces, Func<DateTime> startTime, ServerCounters counters, MethodHandler getMonitoredItems)
    {
        var values = new ServerValues();
        BindStatus(values, options, faults, namespaces, startTime);
        BindCapabilities(values, options.Limits);
        BindOperationLimits(values, options.Limits);
        BindHistoryCapabilities(values, options.Limits);
        foreach ((uint variable, Func<ServerCounters, uint> count) in Counters) values.Value(variable, () => count(counters));
        values.Value(2275, () => Summary(counters));
        values.Constant(2294, false);
        values.Constant(2290, Variant.FromArray(Array.Empty<ExtensionObject>()));
        BindRedundancy(values, options);
        Argument[] input = [new() { Name = "SubscriptionId", DataType = DataTypeIds.UInt32 }];
        Argument[] output =
        [
            new() { Name = "ServerHandles", DataType = DataTypeIds.UInt32, ValueRank = ValueRanks.OneDimension },
            new() { Name = "ClientHandles", DataType = DataTypeIds.UInt32, ValueRank = ValueRanks.OneDimension },
        ];
        values.Method(MethodIds.Server_GetMonitoredItems, getMonitoredItems, input, output);
        values.Constant(11493, Arguments(input));
        values.Constant(11494, Arguments(output));
        return values;
    }

    private static void BindStatus(ServerValues values, UaServerOptions options, UaServerFaults faults, Func<IReadOnlyList<string>> namespaces, Func<DateTime> startTime)
    {
        Version? version = typeof(ServerObject).Assembly.GetName().Version;
        string? informational = typeof(ServerObject).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        var build = new BuildInfo
        {
            ProductUri = options.ProductUri,
            ManufacturerName = "PatchEdge",
            ProductName = options.ApplicationName,
            SoftwareVersion = version?.ToString(3),
            BuildNumber = informational,
            BuildDate = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc),
        };
        DateTime Now() => options.TimeProvider.GetUtcNow().UtcDateTime;
        values.Value(VariableIds.Server_ServerStatus, () => Variant.FromStructure(new ServerStatusDataType
        {
            StartTime = startTime(),
            CurrentTime = Now(),
            State = faults.State,
            BuildInfo = build,
            SecondsTillShutdown = 0,
        }));
        values.Value(VariableIds.Server_ServerStatus_StartTime, () => startTime());
        values.Value(VariableIds.Server_ServerStatus_CurrentTime, () => Now());
        values.Value(VariableIds.Server_ServerStatus_State, () => (int)faults.State);
        values.Constant(VariableIds.Server_ServerStatus_BuildInfo, Variant.FromStructure(build));
        values.Constant(VariableIds.Server_ServerStatus_BuildInfo_ProductName, build.ProductName);
        values.Constant(VariableIds.Server_ServerStatus_BuildInfo_ProductUri, build.ProductUri);
        values.Constant(VariableIds.Server_ServerStatus_BuildInfo_ManufacturerName, build.ManufacturerName);
        values.Constant(VariableIds.Server_ServerStatus_BuildInfo_SoftwareVersion, build.SoftwareVersion);
        values.Constant(VariableIds.Server_ServerStatus_BuildInfo_BuildNumber, build.BuildNumber);
        values.Constant(VariableIds.Server_ServerStatus_BuildInfo_BuildDate, build.BuildDate);
        values.Constant(VariableIds.Server_ServerStatus_SecondsTillShutdown, 0u);
        values.Constant(VariableIds.Server_ServerStatus_ShutdownReason, new LocalizedText(""));
        values.Value(VariableIds.Server_NamespaceArray, () => Variant.FromArray(namespaces().ToArray()));
        values.Constant(VariableIds.Server_ServerArray, Strings(options.ApplicationUri));
        values.Value(VariableIds.Server_ServiceLevel, () => faults.ServiceLevel);
        values.Constant(VariableIds.Server_Auditing, false);
    }

    private static void BindCapabilities(ServerValues values, ServerLimits limits)
    {
        values.Constant(VariableIds.Server_ServerCapabilities_ServerProfileArray, Strings("http://opcfoundation.org/UA-Profile/Server/EmbeddedUA2017"));
        values.Constant(VariableIds.Server_ServerCapabilities_LocaleIdArray, Strings("en"));
        values.Constant(VariableIds.Server_ServerCapabilities_MinSupportedSampleRate, limits.ShortestSamplingInterval.TotalMilliseconds);
        values.Constant(VariableIds.Server_ServerCapabilities_MaxBrowseContinuationPoints, Small(limits.MaxContinuationPointsPerSession));
        values.Constant(VariableIds.Server_ServerCapabilities_MaxQueryContinuationPoints, (ushort)0);
        values.Constant(VariableIds.Server_ServerCapabilities_MaxHistoryContinuationPoints, Small(limits.MaxContinuationPointsPerSession));
        values.Constant(VariableIds.Server_ServerCapabilities_MaxArrayLength, 65_536u);
        values.Constant(VariableIds.Server_ServerCapabilities_MaxStringLength, 65_536u);
        values.Constant(VariableIds.Server_ServerCapabilities_MaxByteStringLength, 1_048_576u);
        values.Constant(VariableIds.Server_ServerCapabilities_MaxSessions, (uint)limits.MaxSessions);
        values.Constant(VariableIds.Server_ServerCapabilities_MaxSubscriptions, (uint)limits.MaxSubscriptions);
        values.Constant(VariableIds.Server_ServerCapabilities_MaxMonitoredItems, (uint)limits.MaxMonitoredItems);
        values.Constant(VariableIds.Server_ServerCapabilities_MaxSubscriptionsPerSession, (uint)limits.MaxSubscriptionsPerSession);
        values.Constant(24104, (uint)limits.MaxMonitoredItemsPerSubscription);
    }

    private static void BindOperationLimits(ServerValues values, ServerLimits limits)
    {
        (uint Variable, int Most)[] table =
        [
            (11705, limits.MaxNodesPerRead), (11707, limits.MaxNodesPerWrite), (11709, limits.MaxMethodsPerCall), (11710, limits.MaxNodesPerBrowse),
            (11711, limits.MaxNodesPerRegister), (11712, limits.MaxNodesPerTranslate), (11713, 0), (11714, limits.MaxMonitoredItemsPerCall),
            (12165, limits.MaxNodesPerHistoryRead), (12166, 0), (12167, 0), (12168, 0),
        ];
        foreach ((uint variable, int most) in table) values.Constant(variable, (uint)most);
    }

    private static void BindHistoryCapabilities(ServerValues values, ServerLimits limits)
    {
        values.Constant(11193, true);
        values.Constant(11273, (uint)limits.MaxHistoryValuesPerRead);
        values.Constant(11274, 0u);
        foreach (uint unsupported in (uint[])[11196, 11197, 11198, 11199, 11200, 11275]) values.Constant(unsupported, false);
    }

    /// <summary>Non-transparent sets name their servers (Part 5 §6.3.14).</summary>
    private static void BindRedundancy(ServerValues values, UaServerOptions options)
    {
        values.Constant(VariableIds.Server_ServerRedundancy_RedundancySupport, (int)options.Redundancy);
        if (options.Redundancy is RedundancySupport.None or RedundancySupport.Transparent) return;
        values.Retype(ObjectIds.Server_ServerRedundancy, ObjectTypeIds.NonTransparentRedundancyType);
        values.Constant(11314, Strings([.. options.RedundantServerUris]));
    }

    private static Variant Summary(ServerCounters counters)
    {
        using var writer = new UaBinaryWriter();
        foreach ((_, Func<ServerCounters, uint> count) in Counters) writer.WriteUInt32(count(counters));
        return ExtensionObject.FromBinary(new NodeId(861), writer.WrittenSpan.ToArray());
    }

    private static Variant Strings(params string[] texts) => Variant.FromArray(texts);

    private static ushort Small(int limit) => (ushort)Math.Min(limit, ushort.MaxValue);

    private static Variant Arguments(Argument[] arguments) => Variant.FromArray(Array.ConvertAll(arguments, static argument => new ExtensionObject(argument)));
}
