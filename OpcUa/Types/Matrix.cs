namespace PatchEdge.OpcUa.Types;

/// <summary>Elements of a multi-dimensional array, the last dimension running fastest (Part 6 §5.2.2.16); the lengths multiply to their count.</summary>
internal sealed record Matrix(Array Elements, int[] Dimensions);
