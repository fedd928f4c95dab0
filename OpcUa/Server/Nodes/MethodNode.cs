using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Nodes;

/// <summary>
/// Runs a method. The arguments have the declared count and types. An exception is answered with BadInternalError and
/// nothing of it; a <see cref="UaException"/> with its status. The token of the context ends with the session.
/// </summary>
public delegate ValueTask<CallMethodResult> MethodHandler(CallContext context, Variant[] inputArguments);

/// <summary>A method of an object (Part 3 §5.7).</summary>
public sealed class MethodNode : Node
{
    internal MethodNode(NodeId nodeId, QualifiedName browseName, MethodHandler handler) : base(nodeId, browseName) => Handler = handler;

    public override NodeClass NodeClass => NodeClass.Method;
    public IReadOnlyList<Argument> InputArguments { get; init; } = [];
    public IReadOnlyList<Argument> OutputArguments { get; init; } = [];

    /// <summary>May be switched at run time; a call is then answered with BadNotExecutable.</summary>
    public bool Executable { get; set; } = true;

    internal MethodHandler Handler { get; }

    internal override bool TryReadAttribute(uint attributeId, out Variant value)
    {
        if (attributeId is not (AttributeIds.Executable or AttributeIds.UserExecutable)) return base.TryReadAttribute(attributeId, out value);
        value = Executable;
        return true;
    }
}
