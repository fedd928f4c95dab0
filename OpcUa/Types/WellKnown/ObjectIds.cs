namespace PatchEdge.OpcUa.Types;

/// <summary>Well-known objects of namespace 0 (Part 5). Numbers, which convert to <see cref="NodeId"/> by themselves.</summary>
#pragma warning disable CA1707 // The underscores are the specification's: they join the browse names of the path.
public static class ObjectIds
{
    public const uint RootFolder = 84;
    public const uint ObjectsFolder = 85;
    public const uint TypesFolder = 86;
    public const uint ViewsFolder = 87;
    public const uint ObjectTypesFolder = 88;
    public const uint VariableTypesFolder = 89;
    public const uint DataTypesFolder = 90;
    public const uint ReferenceTypesFolder = 91;
    public const uint EventTypesFolder = 3048;
    public const uint InterfaceTypes = 17708;
    public const uint XmlSchema_TypeSystem = 92;
    public const uint OPCBinarySchema_TypeSystem = 93;
    public const uint ModellingRule_Mandatory = 78;
    public const uint ModellingRule_Optional = 80;
    public const uint ModellingRule_ExposesItsArray = 83;
    public const uint ModellingRule_OptionalPlaceholder = 11508;
    public const uint ModellingRule_MandatoryPlaceholder = 11510;
    public const uint Server = 2253;
    public const uint Server_ServerCapabilities = 2268;
    public const uint Server_ServerCapabilities_OperationLimits = 11704;
    public const uint Server_ServerCapabilities_ModellingRules = 2996;
    public const uint Server_ServerCapabilities_AggregateFunctions = 2997;
    public const uint Server_ServerDiagnostics = 2274;
    public const uint Server_VendorServerInfo = 2295;
    public const uint Server_ServerRedundancy = 2296;
    public const uint Server_Namespaces = 11715;
    public const uint HistoryServerCapabilities = 11192;
    public const uint HistoryServerCapabilities_AggregateFunctions = 11201;
}
