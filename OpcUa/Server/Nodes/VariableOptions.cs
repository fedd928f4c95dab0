using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Nodes;

/// <summary>
/// Decides on a write that has passed the checks of access and type. Good: the server stores the value; any other status is
/// the client's answer. Must not block.
/// </summary>
public delegate StatusCode WriteHandler(CallContext context, DataValue value);

/// <summary>How a variable is made.</summary>
public sealed record VariableOptions
{
    /// <summary>A built-in type converts to its data type; any other data type of the address space will do.</summary>
    public NodeId DataType { get; init; } = DataTypeIds.BaseDataType;

    /// <summary>−1 scalar, 1 array, n matrix of n dimensions, −2 any (Part 3 §8.6).</summary>
    public int ValueRank { get; init; } = ValueRanks.Scalar;

    /// <summary>Value before the first SetValue; without one it is null with BadWaitingForInitialData.</summary>
    public DataValue? InitialValue { get; init; }

    public bool Writable { get; init; }
    public WriteHandler? OnWrite { get; init; }

    /// <summary>Values kept for HistoryRead; 0 keeps none and the variable has no history.</summary>
    public int HistoryCapacity { get; init; }

    /// <summary>Low and high of the engineering range: adds the EURange property and allows percent deadbands.</summary>
    public (double Low, double High)? EngineeringRange { get; init; }

    public LocalizedText Description { get; init; }
    public LocalizedText? DisplayName { get; init; }

    /// <summary>Null: BaseDataVariableType, or AnalogItemType with an engineering range.</summary>
    public NodeId? TypeDefinition { get; init; }

    /// <summary>Reference from the parent; null: HasComponent.</summary>
    public NodeId? ReferenceType { get; init; }

    /// <summary>
    /// Computes the value at each read and sample instead of SetValue. Called from any thread; must be quick. Changes are then
    /// seen at sampling only.
    /// </summary>
    public Func<DataValue>? Source { get; init; }
}
