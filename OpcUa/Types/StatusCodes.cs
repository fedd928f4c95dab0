using System.Collections.Frozen;
using System.Reflection;

namespace PatchEdge.OpcUa.Types;

/// <summary>
/// Every symbolic status code of the specification, by severity in the sibling files (Part 6, Annex A.2).
/// Constants of <see cref="uint"/> so that they work in patterns; they convert to <see cref="StatusCode"/> by themselves.
/// </summary>
public static partial class StatusCodes
{
    private static readonly Lazy<FrozenDictionary<uint, string>> Names = new(() => Constants().ToFrozenDictionary(c => c.Value, c => c.Name));
    private static readonly Lazy<FrozenDictionary<string, uint>> Values = new(() => Constants().ToFrozenDictionary(c => c.Name, c => c.Value));

    /// <summary>Symbolic name of the code's severity and sub-code, its info bits ignored; null when the table has none.</summary>
    public static string? NameOf(StatusCode status) => Names.Value.GetValueOrDefault(status.Code);

    /// <summary>Finds a code by its exact symbolic name, such as <c>BadNodeIdUnknown</c>.</summary>
    public static bool TryParse(string name, out StatusCode status)
    {
        bool found = Values.Value.TryGetValue(name, out uint value);
        status = value;
        return found;
    }

    private static IEnumerable<(string Name, uint Value)> Constants() =>
        from field in typeof(StatusCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        where field.IsLiteral
        select (field.Name, (uint)field.GetRawConstantValue()!);
}
