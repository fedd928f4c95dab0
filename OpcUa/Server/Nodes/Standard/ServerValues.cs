using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Nodes.Standard;

/// <summary>What the variables and methods of the Server object give, by their numbers in namespace 0 (Part 5 §8.3).</summary>
internal sealed class ServerValues
{
    private readonly Dictionary<uint, Func<Variant>> values = [];
    private readonly Dictionary<uint, MethodHandler> methods = [];
    private readonly Dictionary<uint, uint> types = [];
    private readonly Dictionary<uint, (Services.Argument[] Input, Services.Argument[] Output)> arguments = [];

    public void Value(uint variable, Func<Variant> source) => values.Add(variable, source);

    public void Constant(uint variable, Variant value) => values.Add(variable, () => value);

    public void Method(uint method, MethodHandler handler, Services.Argument[] input, Services.Argument[] output)
    {
        methods.Add(method, handler);
        arguments.Add(method, (input, output));
    }

    /// <summary>Gives an object a more special type than the table does.</summary>
    public void Retype(uint instance, uint type) => types.Add(instance, type);

    public uint TypeOf(uint instance, uint type) => types.GetValueOrDefault(instance, type);

    /// <summary>Null for a variable without a value, such as those of the types.</summary>
    public Func<DataValue>? SourceOf(uint variable) => values.TryGetValue(variable, out Func<Variant>? source) ? () => new DataValue(source()) : null;

    public MethodNode NewMethod(NodeId nodeId, QualifiedName name)
    {
        if (!methods.TryGetValue(nodeId.NumericIdentifier, out MethodHandler? handler))
            return new MethodNode(nodeId, name, static (_, _) => throw new UaException(StatusCodes.BadNotImplemented, "A method of a type", "Call")) { Executable = false };
        (Services.Argument[] input, Services.Argument[] output) = arguments[nodeId.NumericIdentifier];
        return new MethodNode(nodeId, name, handler) { InputArguments = input, OutputArguments = output };
    }
}
