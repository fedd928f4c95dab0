namespace PatchEdge.OpcUa.Types;

/// <summary>Object types of namespace 0 (Part 5 §6). Numbers, which convert to <see cref="NodeId"/> by themselves.</summary>
public static class ObjectTypeIds
{
    public const uint BaseObjectType = 58;
    public const uint FolderType = 61;
    public const uint DataTypeSystemType = 75;
    public const uint DataTypeEncodingType = 76;
    public const uint ModellingRuleType = 77;
    public const uint ServerType = 2004;
    public const uint ServerCapabilitiesType = 2013;
    public const uint ServerDiagnosticsType = 2020;
    public const uint VendorServerInfoType = 2033;
    public const uint ServerRedundancyType = 2034;
    public const uint TransparentRedundancyType = 2036;
    public const uint NonTransparentRedundancyType = 2039;
    public const uint NonTransparentNetworkRedundancyType = 11945;
    public const uint OperationLimitsType = 11564;
    public const uint NamespacesType = 11645;
    public const uint NamespaceMetadataType = 11616;
    public const uint BaseEventType = 2041;
    public const uint AggregateFunctionType = 2340;
    public const uint HistoryServerCapabilitiesType = 2330;
    public const uint HistoricalDataConfigurationType = 2318;
    public const uint BaseInterfaceType = 17602;
    public const uint StateMachineType = 2299;
    public const uint FiniteStateMachineType = 2771;
    public const uint StateType = 2307;
    public const uint InitialStateType = 2309;
    public const uint TransitionType = 2310;
}
