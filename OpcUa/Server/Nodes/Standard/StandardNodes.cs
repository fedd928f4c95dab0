using System.Diagnostics;
using System.Globalization;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Nodes.Standard;

/// <summary>
/// Reads namespace 0 from the tables beside this file (Part 5; numbers of Part 6, Annex A.3): the types a client needs to make
/// sense of what it browses, and the Server object. A part of the whole, chosen for what this server really does.
/// </summary>
internal static class StandardNodes
{
    public static void Load(AddressSpace space, ServerValues values)
    {
        foreach (string[] row in Rows("reference-types"))
            AddType(space, NodeClass.ReferenceType, row, flags: row[4], inverseName: row[3] == "-" ? null : row[3]);
        foreach (string[] row in Rows("data-types"))
            AddType(space, NodeClass.DataType, row, flags: row[4]);
        foreach (string[] row in Rows("variable-types"))
            AddType(space, NodeClass.VariableType, row, flags: row[5], dataType: Number(row[3]), valueRank: Rank(row[4]));
        foreach (string[] row in Rows("object-types"))
            AddType(space, NodeClass.ObjectType, row, flags: row[3]);
        foreach (string[] row in Rows("instances")) AddInstance(space, values, row, rule: null);
        foreach (string[] row in Rows("declarations")) AddInstance(space, values, row, rule: row[8]);
        foreach ((uint folder, uint root) in Roots) space.AddReference(space.Get(folder), ReferenceTypeIds.Organizes, space.Get(root));
        foreach (string[] row in Rows("data-types")) AddEncoding(space, row);
    }

    // Folders under Types and the type each opens with.
    private static readonly (uint Folder, uint Root)[] Roots =
    [
        (88, 58), (89, 62), (90, 24), (91, 31), (3048, 2041),
    ];

    private static readonly Dictionary<string, uint> ModellingRules = new() { ["Mandatory"] = 78, ["Optional"] = 80 };

    private static void AddType(AddressSpace space, NodeClass nodeClass, string[] row, string flags, string? inverseName = null, uint dataType = 0, int valueRank = ValueRanks.Any)
    {
        var type = new TypeNode(nodeClass, Number(row[0]), new QualifiedName(row[2]))
        {
            IsAbstract = flags.Contains("abstract", StringComparison.Ordinal),
            IsSymmetric = flags.Contains("symmetric", StringComparison.Ordinal),
            InverseName = inverseName,
            DataType = dataType,
            ValueRank = valueRank,
        };
        space.Add(type);
        if (row[1] != "0") space.AddReference(space.Get(Number(row[1])), ReferenceTypeIds.HasSubtype, type);
    }

    private static void AddInstance(AddressSpace space, ServerValues values, string[] row, string? rule)
    {
        NodeId nodeId = Number(row[0]);
        // An instance that this server has nothing to say about is left out.
        if (rule is null && row[1] == "Variable" && values.SourceOf(nodeId.NumericIdentifier) is null) return;
        var name = new QualifiedName(row[2]);
        Node node = row[1] switch
        {
            "Object" => new ObjectNode(nodeId, name),
            "Variable" => space.NewVariable(nodeId, name, new VariableOptions
            {
                DataType = Number(row[6]),
                ValueRank = Rank(row[7]),
                InitialValue = default(DataValue),
                Source = values.SourceOf(nodeId.NumericIdentifier),
            }),
            "Method" => values.NewMethod(nodeId, name),
            _ => throw new UnreachableException(row[1]),
        };
        space.Add(node);
        if (row[3] != "0") space.AddReference(space.Get(Number(row[3])), ReferenceNamed(row[4]), node);
        if (row[5] != "-") node.AddReference(ReferenceTypeIds.HasTypeDefinition, true, space.Get(values.TypeOf(nodeId.NumericIdentifier, Number(row[5]))));
        if (rule is not null) node.AddReference(ReferenceTypeIds.HasModellingRule, true, space.Get(ModellingRules[rule]));
    }

    private static void AddEncoding(AddressSpace space, string[] row)
    {
        if (row[3] == "-") return;
        var encoding = new ObjectNode(Number(row[3]), new QualifiedName("Default Binary"));
        space.Add(encoding);
        encoding.AddReference(ReferenceTypeIds.HasTypeDefinition, true, space.Get(ObjectTypeIds.DataTypeEncodingType));
        space.AddReference(space.Get(Number(row[0])), ReferenceTypeIds.HasEncoding, encoding);
    }

    private static NodeId ReferenceNamed(string name) => name switch
    {
        "Organizes" => ReferenceTypeIds.Organizes,
        "HasComponent" => ReferenceTypeIds.HasComponent,
        "HasProperty" => ReferenceTypeIds.HasProperty,
        _ => throw new UnreachableException(name),
    };

    private static uint Number(string text) => uint.Parse(text, CultureInfo.InvariantCulture);

    private static int Rank(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>The rows of an embedded table: columns between blanks, a first line of headings that starts with #.</summary>
    private static IEnumerable<string[]> Rows(string table)
    {
        string name = $"{typeof(StandardNodes).Namespace}.{table}.txt";
        using Stream stream = typeof(StandardNodes).Assembly.GetManifestResourceStream(name) ?? throw new UnreachableException($"No table {name}.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            if (!line.StartsWith('#')) yield return line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }
}
