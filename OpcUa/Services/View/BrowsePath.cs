using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>One step of a path (Part 4 §7.31).</summary>
public sealed record RelativePathElement : IEncodable<RelativePathElement>
{
    public static uint BinaryEncodingId => 539;
    public static int MinimumSize => 10;

    public NodeId ReferenceTypeId { get; init; }
    public bool IsInverse { get; init; }
    public bool IncludeSubtypes { get; init; }
    public QualifiedName TargetName { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteNodeId(ReferenceTypeId);
        writer.WriteBoolean(IsInverse);
        writer.WriteBoolean(IncludeSubtypes);
        writer.WriteQualifiedName(TargetName);
    }

    public static RelativePathElement Decode(ref UaBinaryReader reader) => new()
    {
        ReferenceTypeId = reader.ReadNodeId(),
        IsInverse = reader.ReadBoolean(),
        IncludeSubtypes = reader.ReadBoolean(),
        TargetName = reader.ReadQualifiedName(),
    };
}

/// <summary>Steps from a starting node (Part 4 §7.31).</summary>
public sealed record RelativePath : IEncodable<RelativePath>
{
    public static uint BinaryEncodingId => 542;
    public static int MinimumSize => 4;

    public RelativePathElement[] Elements { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteArray(Elements);
    }

    public static RelativePath Decode(ref UaBinaryReader reader) => new()
    {
        Elements = reader.ReadArray<RelativePathElement>(),
    };
}

/// <summary>A starting node and the path from it (Part 4, TranslateBrowsePathsToNodeIds).</summary>
public sealed record BrowsePath : IEncodable<BrowsePath>
{
    public static uint BinaryEncodingId => 545;
    public static int MinimumSize => 6;

    public NodeId StartingNode { get; init; }
    public RelativePath RelativePath { get; init; } = new();

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteNodeId(StartingNode);
        RelativePath.Encode(writer);
    }

    public static BrowsePath Decode(ref UaBinaryReader reader) => new()
    {
        StartingNode = reader.ReadNodeId(),
        RelativePath = RelativePath.Decode(ref reader),
    };
}

/// <summary>A node at the end of a path (Part 4, TranslateBrowsePathsToNodeIds).</summary>
public sealed record BrowsePathTarget : IEncodable<BrowsePathTarget>
{
    public static uint BinaryEncodingId => 548;
    public static int MinimumSize => 6;

    public ExpandedNodeId TargetId { get; init; }
    /// <summary>4,294,967,295 when the whole path was followed.</summary>
    public uint RemainingPathIndex { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteExpandedNodeId(TargetId);
        writer.WriteUInt32(RemainingPathIndex);
    }

    public static BrowsePathTarget Decode(ref UaBinaryReader reader) => new()
    {
        TargetId = reader.ReadExpandedNodeId(),
        RemainingPathIndex = reader.ReadUInt32(),
    };
}

/// <summary>Nodes at the end of one path (Part 4, TranslateBrowsePathsToNodeIds).</summary>
public sealed record BrowsePathResult : IEncodable<BrowsePathResult>
{
    public static uint BinaryEncodingId => 551;
    public static int MinimumSize => 8;

    public StatusCode StatusCode { get; init; }
    public BrowsePathTarget[] Targets { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteStatusCode(StatusCode);
        writer.WriteArray(Targets);
    }

    public static BrowsePathResult Decode(ref UaBinaryReader reader) => new()
    {
        StatusCode = reader.ReadStatusCode(),
        Targets = reader.ReadArray<BrowsePathTarget>(),
    };
}
