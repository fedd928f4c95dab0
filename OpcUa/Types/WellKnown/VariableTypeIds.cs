namespace PatchEdge.OpcUa.Types;

/// <summary>Variable types of namespace 0 (Part 5 §7, Part 8 §5.3). Numbers, which convert to <see cref="NodeId"/> by themselves.</summary>
public static class VariableTypeIds
{
    public const uint BaseVariableType = 62;
    public const uint BaseDataVariableType = 63;
    public const uint PropertyType = 68;
    public const uint ServerVendorCapabilityType = 2137;
    public const uint ServerStatusType = 2138;
    public const uint BuildInfoType = 3051;
    public const uint ServerDiagnosticsSummaryType = 2150;
    public const uint DataItemType = 2365;
    public const uint BaseAnalogType = 15318;
    public const uint AnalogItemType = 2368;
    public const uint AnalogUnitType = 17497;
    public const uint AnalogUnitRangeType = 17570;
    public const uint DiscreteItemType = 2372;
    public const uint TwoStateDiscreteType = 2373;
    public const uint MultiStateDiscreteType = 2376;
    public const uint MultiStateValueDiscreteType = 11238;
    public const uint StateVariableType = 2755;
    public const uint FiniteStateVariableType = 2760;
}
