using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.Encoding;

namespace PatchEdge.OpcUa.Tests.Services;

/// <summary>One structure or message as a foreign implementation encoded it.</summary>
public sealed record StructureVector(string Name, uint EncodingId, IReadOnlyList<(string Field, byte[] Bytes)> Fields)
{
    private static readonly Lazy<StructureVector[]> Loaded = new(() => [.. Load()]);

    public static IReadOnlyList<StructureVector> All => Loaded.Value;

    /// <summary>The whole file, as Tests/Peers/node-opcua/vectors.js writes it.</summary>
    public static string Text
    {
        get
        {
            using Stream stream = typeof(StructureVector).Assembly.GetManifestResourceStream(
                typeof(StructureVector).Assembly.GetManifestResourceNames().Single(n => n.EndsWith("structures.vectors", StringComparison.Ordinal)))!;
            using var text = new StreamReader(stream);
            return text.ReadToEnd();
        }
    }

    public Type Type => typeof(ServiceMessages).Assembly.GetType($"PatchEdge.OpcUa.Services.{Name}", throwOnError: true)!;

    public byte[] Body => [.. Fields.SelectMany(f => f.Bytes)];

    /// <summary>The encoding id and the body, as a message stands on the wire.</summary>
    public byte[] Message => [.. Bytes.Written(w => w.WriteNodeId(EncodingId)), .. Body];

    public bool IsRequest => typeof(IServiceRequest).IsAssignableFrom(Type);
    public bool IsResponse => typeof(IServiceResponse).IsAssignableFrom(Type);

    public static StructureVector Of(string name) => All.Single(v => v.Name == name);

    private static IEnumerable<StructureVector> Load()
    {
        foreach (string block in Text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            string[] lines = [.. block.Split('\n').Where(l => l.Length > 0 && l[0] != '#')];
            if (lines.Length == 0) continue;
            string[] head = lines[0].Split(' ');
            yield return new StructureVector(head[0], uint.Parse(head[1]), [.. lines[1..].Select(l => l.Trim().Split(": ")).Select(l => (l[0], Bytes.Of(l[1])))]);
        }
    }
}
