using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Nodes;

/// <summary>One end of a reference between two nodes of this server (Part 3 §4.3.4); the target holds the other.</summary>
internal readonly record struct Reference(NodeId TypeId, bool IsForward, Node Target);
