namespace PatchEdge.OpcUa.Types;

/// <summary>Class of a node (Part 3 §8.29); as a mask several are joined and none means all.</summary>
[Flags]
public enum NodeClass
{
    Unspecified = 0,
    Object = 1,
    Variable = 2,
    Method = 4,
    ObjectType = 8,
    VariableType = 16,
    ReferenceType = 32,
    DataType = 64,
    View = 128,
}
