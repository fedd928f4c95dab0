using System.Collections.Concurrent;
using System.Diagnostics;
using PatchEdge.OpcUa.Server.Nodes.Standard;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Nodes;

/// <summary>
/// The nodes of a server (Part 3). Namespace 0 is there from the start, namespace 1 is the server's own (its ApplicationUri);
/// the rest is added at any time, also while clients browse. Thread-safe.
/// </summary>
public sealed class AddressSpace
{
    private readonly ConcurrentDictionary<NodeId, Node> nodes = new();
    private readonly Lock gate = new();
    private readonly TimeProvider timeProvider;
    private string[] namespaces;

    internal AddressSpace(string applicationUri, ServerValues values, TimeProvider timeProvider)
    {
        this.timeProvider = timeProvider;
        namespaces = ["http://opcfoundation.org/UA/", applicationUri];
        StandardNodes.Load(this, values);
        Objects = (ObjectNode)Get(ObjectIds.ObjectsFolder);
    }

    /// <summary>The Objects folder, under which a server's own nodes belong.</summary>
    public ObjectNode Objects { get; }

    /// <summary>URIs by namespace index.</summary>
    public IReadOnlyList<string> Namespaces => Volatile.Read(ref namespaces);

    public int NodeCount => nodes.Count;

    /// <summary>Index of the namespace, added when it is new.</summary>
    public ushort AddNamespace(string uri)
    {
        lock (gate)
        {
            int index = Array.IndexOf(namespaces, uri);
            if (index >= 0) return (ushort)index;
            if (namespaces.Length > ushort.MaxValue) throw new InvalidOperationException("There is no namespace index left.");
            Volatile.Write(ref namespaces, [.. namespaces, uri]);
            return (ushort)(namespaces.Length - 1);
        }
    }

    public Node? Find(NodeId nodeId) => nodes.GetValueOrDefault(nodeId);

    /// <summary>Finds a variable; null when there is none or the node is of another class.</summary>
    public VariableNode? FindVariable(NodeId nodeId) => Find(nodeId) as VariableNode;

    /// <summary>The browse name lies in the namespace of <paramref name="nodeId"/>.</summary>
    /// <exception cref="ArgumentException">The NodeId is taken.</exception>
    public ObjectNode AddFolder(Node parent, NodeId nodeId, string browseName) =>
        AddObject(parent, nodeId, browseName, ObjectTypeIds.FolderType, ReferenceTypeIds.Organizes);

    /// <param name="parent">Where the object hangs.</param>
    /// <param name="nodeId">Not yet in use.</param>
    /// <param name="browseName">In the namespace of <paramref name="nodeId"/>.</param>
    /// <param name="typeDefinition">Null: BaseObjectType.</param>
    /// <param name="referenceType">Null: HasComponent, or Organizes under a folder.</param>
    /// <exception cref="ArgumentException">The NodeId is taken, or the type is unknown.</exception>
    public ObjectNode AddObject(Node parent, NodeId nodeId, string browseName, NodeId? typeDefinition = null, NodeId? referenceType = null)
    {
        var node = new ObjectNode(nodeId, new QualifiedName(nodeId.NamespaceIndex, browseName));
        Add(node, parent, referenceType ?? ChildReference(parent), typeDefinition ?? ObjectTypeIds.BaseObjectType);
        return node;
    }

    /// <inheritdoc cref="AddObject"/>
    public VariableNode AddVariable(Node parent, NodeId nodeId, string browseName, VariableOptions? options = null)
    {
        options ??= new VariableOptions();
        var node = new VariableNode(nodeId, new QualifiedName(nodeId.NamespaceIndex, browseName), options, RuleOf(options.DataType, options.ValueRank), timeProvider)
        {
            DisplayName = options.DisplayName ?? new LocalizedText(browseName),
            Description = options.Description,
        };
        NodeId type = options.TypeDefinition ?? (options.EngineeringRange is null ? VariableTypeIds.BaseDataVariableType : VariableTypeIds.AnalogItemType);
        Add(node, parent, options.ReferenceType ?? ChildReference(parent), type);
        if (options.EngineeringRange is { } range)
            AddProperty(node, "EURange", DataTypeIds.Range, Variant.FromStructure(new Services.Range { Low = range.Low, High = range.High }));
        return node;
    }

    /// <summary>Adds a property of namespace 0 whose value stays, such as EngineeringUnits (Part 3 §5.6.3).</summary>
    public VariableNode AddProperty(Node owner, string browseName, NodeId dataType, Variant value)
    {
        var nodeId = new NodeId($"{owner.NodeId}.{browseName}", owner.NodeId.NamespaceIndex);
        var options = new VariableOptions { DataType = dataType, ValueRank = value.IsArray ? ValueRanks.OneDimension : ValueRanks.Scalar, InitialValue = new DataValue(value) };
        var node = new VariableNode(nodeId, new QualifiedName(browseName), options, RuleOf(dataType, options.ValueRank), timeProvider);
        Add(node, owner, ReferenceTypeIds.HasProperty, VariableTypeIds.PropertyType);
        return node;
    }

    /// <inheritdoc cref="AddObject"/>
    public MethodNode AddMethod(Node parent, NodeId nodeId, string browseName, MethodHandler handler, Argument[]? inputArguments = null, Argument[]? outputArguments = null)
    {
        var node = new MethodNode(nodeId, new QualifiedName(nodeId.NamespaceIndex, browseName), handler)
        {
            InputArguments = inputArguments ?? [],
            OutputArguments = outputArguments ?? [],
        };
        Add(node, parent, ReferenceTypeIds.HasComponent, default);
        if (node.InputArguments.Count > 0) AddProperty(node, "InputArguments", DataTypeIds.Argument, ArgumentsOf(node.InputArguments));
        if (node.OutputArguments.Count > 0) AddProperty(node, "OutputArguments", DataTypeIds.Argument, ArgumentsOf(node.OutputArguments));
        return node;
    }

    /// <summary>A further reference between two nodes, seen from both.</summary>
    public void AddReference(Node source, NodeId referenceType, Node target)
    {
        if (Find(source.NodeId) != source || Find(target.NodeId) != target)
            throw new ArgumentException($"{source} or {target} is not in this address space. Add it first.");
        source.AddReference(referenceType, true, target);
        target.AddReference(referenceType, false, source);
    }

    /// <summary>Takes a node away with what hangs under it alone. Monitored items on them report BadNodeIdUnknown from their next sample.</summary>
    public void Remove(Node node)
    {
        if (node.NodeId.NamespaceIndex == 0) throw new ArgumentException("Nodes of namespace 0 stay.", nameof(node));
        var removed = new Stack<Node>([node]);
        while (removed.TryPop(out Node? next))
        {
            if (!nodes.TryRemove(next.NodeId, out _)) continue;
            next.IsRemoved = true;
            foreach (Reference reference in next.References.Span)
            {
                reference.Target.RemoveReferencesTo(next);
                bool owned = reference.IsForward && reference.Target.NodeId.NamespaceIndex != 0 && IsSubtypeOf(reference.TypeId, ReferenceTypeIds.HierarchicalReferences);
                if (owned && !HasParent(reference.Target)) removed.Push(reference.Target);
            }
            (next as VariableNode)?.SetValue(DataValue.FromStatus(StatusCodes.BadNodeIdUnknown));
        }
    }

    /// <summary>The type itself or one below it by HasSubtype.</summary>
    public bool IsSubtypeOf(NodeId type, NodeId supertype)
    {
        // Deeper than any real hierarchy: a loop that somebody built by AddReference must end.
        for (int depth = 0; depth < 64; depth++)
        {
            if (type == supertype) return true;
            if (Find(type)?.FirstTarget(ReferenceTypeIds.HasSubtype, isForward: false) is not { } parent) return false;
            type = parent.NodeId;
        }
        return false;
    }

    internal Node Get(NodeId nodeId) => Find(nodeId) ?? throw new UnreachableException($"Namespace 0 lacks {nodeId}.");

    internal VariableNode GetVariable(NodeId nodeId) => (VariableNode)Get(nodeId);

    /// <summary>Puts a node in without references.</summary>
    internal void Add(Node node)
    {
        if (!nodes.TryAdd(node.NodeId, node)) throw new ArgumentException($"The NodeId {node.NodeId} is taken by {nodes[node.NodeId].BrowseName}. Choose another.", nameof(node));
    }

    internal VariableNode NewVariable(NodeId nodeId, QualifiedName browseName, VariableOptions options) =>
        new(nodeId, browseName, options, RuleOf(options.DataType, options.ValueRank), timeProvider);

    /// <summary>The built-in type under which values of a data type travel.</summary>
    internal TypeRule RuleOf(NodeId dataType, int valueRank)
    {
        for (int depth = 0; depth < 64; depth++)
        {
            if (dataType.NamespaceIndex == 0 && dataType.IdType == IdType.Numeric)
            {
                switch (dataType.NumericIdentifier)
                {
                    case 0 or 24: return new TypeRule(BuiltInType.Variant, valueRank);
                    case >= 1 and <= 23 or 25: return new TypeRule((BuiltInType)dataType.NumericIdentifier, valueRank);
                    case 26: return new TypeRule(TypeRule.AnyNumber, valueRank);
                    case 27: return new TypeRule(TypeRule.AnyInteger, valueRank);
                    case 28: return new TypeRule(TypeRule.AnyUnsigned, valueRank);
                    case 29: return new TypeRule(BuiltInType.Int32, valueRank);
                }
            }
            if (Find(dataType)?.FirstTarget(ReferenceTypeIds.HasSubtype, isForward: false) is not { } parent) break;
            dataType = parent.NodeId;
        }
        throw new ArgumentException($"The data type {dataType} is not in the address space. Add it first, or use a standard one.", nameof(dataType));
    }

    private void Add(Node node, Node parent, NodeId referenceType, NodeId typeDefinition)
    {
        Node? type = typeDefinition.IsNull ? null
            : Find(typeDefinition) ?? throw new ArgumentException($"The type {typeDefinition} is not in the address space. Use a standard one.", nameof(typeDefinition));
        if (node.NodeId.NamespaceIndex >= Namespaces.Count)
            throw new ArgumentException($"Namespace {node.NodeId.NamespaceIndex} does not exist. Call AddNamespace first.", nameof(node));
        Add(node);
        // The type knows its instances only from their side: a browse of it would otherwise list every variable.
        if (type is not null) node.AddReference(ReferenceTypeIds.HasTypeDefinition, true, type);
        AddReference(parent, referenceType, node);
    }

    private static NodeId ChildReference(Node parent) =>
        parent.TypeDefinition == ObjectTypeIds.FolderType ? ReferenceTypeIds.Organizes : ReferenceTypeIds.HasComponent;

    private bool HasParent(Node node)
    {
        foreach (Reference reference in node.References.Span)
            if (!reference.IsForward && IsSubtypeOf(reference.TypeId, ReferenceTypeIds.HierarchicalReferences)) return true;
        return false;
    }

    private static Variant ArgumentsOf(IEnumerable<Argument> arguments) =>
        Variant.FromArray([.. arguments.Select(argument => new ExtensionObject(argument))]);
}
